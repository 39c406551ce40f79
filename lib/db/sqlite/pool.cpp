// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/sqlite_transaction.hpp"

#include <coffer/db/sqlite/pool.hpp>

#include <utility>

namespace coffer::sqlite {

using detail::sqlite_pool;
using detail::sqlite_savepoint;
using detail::sqlite_transaction;

pool::pool(std::string path, options how)
    : pool(std::make_shared<sqlite_pool>(std::move(path), std::move(how)))
{}

pool::pool(core_ptr core) noexcept : session(core), core_(std::move(core))
{}

session pool::on(const transaction_scope& scope) const
{
    auto found = scope.attachment<sqlite_transaction>();
    if (found && found->pool() == core_ && found->open())
        return session(std::move(found));
    return *this;
}

pool_stats pool::stats() const noexcept
{
    const auto read = [](const std::atomic<std::uint64_t>& from) {
        return from.load(std::memory_order_relaxed);
    };
    const auto& count = core_->count;
    pool_stats stats;
    stats.committed = read(count.committed);
    stats.rolled_back = read(count.rolled_back);
    stats.callback_errors = read(count.callback_errors);
    stats.busy_retries = read(count.busy_retries);
    return stats;
}

std::string pool::describe() const
{
    return "sqlite " + core_->path() + ", " + std::to_string(core_->how().connections()) +
           " connections";
}

asio::awaitable<void> pool::close() const
{
    return sqlite_pool::close(core_);
}

asio::awaitable<transaction::core_ptr> pool::begin(core_ptr core)
{
    return sqlite_transaction::begin(std::move(core));
}

// A coroutine of its own, so that a caller who was cancelled before does not come this far.
asio::awaitable<void> pool::commit(running::core_ptr tx)
{
    co_await tx->commit();
}

asio::awaitable<void> pool::roll_back(running::core_ptr tx)
{
    return tx->rollback();
}

transaction::transaction(core_ptr core, bool owner)
    : session(core), core_(std::move(core)), scope_(core_->scope()), owner_(owner)
{}

transaction::~transaction()
{
    if (owner_)
        core_->abandon();
}

asio::awaitable<transaction::part_ptr> transaction::begin_part(core_ptr core)
{
    return sqlite_savepoint::begin(std::move(core));
}

asio::awaitable<void> transaction::release(part_ptr part)
{
    co_await part->release();
}

asio::awaitable<void> transaction::roll_back(part_ptr part)
{
    return part->rollback();
}

} // namespace coffer::sqlite
