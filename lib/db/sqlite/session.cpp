// SPDX-License-Identifier: BSL-1.0
#include <coffer/db/sqlite/session.hpp>

#include <utility>

namespace coffer::sqlite {
namespace {

using target_ptr = std::shared_ptr<detail::sqlite_target>;

asio::awaitable<void> script_on(target_ptr target, std::string statements)
{
    co_await target->script(std::move(statements));
}

asio::awaitable<std::uint64_t> version_on(target_ptr target)
{
    std::string statement = "select n from coffer_version";
    auto result = co_await target->run(std::move(statement), values());
    const auto row = detail::decode_first<std::uint64_t>(std::move(result));
    if (!row)
        throw error(errc::database_failed, 0, "the version row is gone", "select");
    co_return std::get<0>(*row);
}

} // namespace

asio::awaitable<std::int64_t> session::execute_on(target_ptr target, std::string statement,
                                                  values arguments)
{
    const auto result = co_await target->run(std::move(statement), std::move(arguments));
    co_return result.changes;
}

asio::awaitable<void> session::script(std::string statements) const
{
    return script_on(target_, std::move(statements));
}

asio::awaitable<std::uint64_t> session::version() const
{
    return version_on(target_);
}

} // namespace coffer::sqlite
