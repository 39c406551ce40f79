// SPDX-License-Identifier: BSL-1.0
#include "testing/conformance/check.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>

namespace coffer::testing::conformance {
namespace {

milliseconds unit_of(const storage_subject& subject, const storage& store)
{
    const milliseconds least = subject.exact() ? 10ms : 100ms;
    return std::max(least, store.limits().resolution);
}

} // namespace

trial::trial(const storage_subject& subject, storage_ptr store, std::string space)
    : subject_(subject), store_(std::move(store)), space_(std::move(space)),
      unit_(unit_of(subject, *store_))
{}

asio::awaitable<void> trial::outlast(milliseconds span) const
{
    return subject_.pass()(exact() ? span + store_->limits().resolution - 1ms : span + unit_);
}

asio::awaitable<void> trial::advance(milliseconds span) const
{
    return subject_.pass()(span);
}

void trial::expect(bool holds, std::string_view what, std::source_location where)
{
    if (holds)
        return;
    const std::string_view path = where.file_name();
    const std::string_view file = path.substr(path.rfind('/') + 1);
    fail(std::string(file) + ':' + std::to_string(where.line()) + ": not so: " + std::string(what));
}

void trial::require(bool holds, std::string_view what, std::source_location where)
{
    expect(holds, what, where);
    if (!holds)
        throw given_up();
}

void trial::fail(std::string_view what)
{
    std::lock_guard lock(mutex_);
    if (failures_.size() > 4'000)
        return; // the first ones tell
    if (!failures_.empty())
        failures_ += '\n';
    failures_ += what;
}

std::string trial::failures() const
{
    std::lock_guard lock(mutex_);
    return failures_;
}

asio::awaitable<fill_state> trial::put(std::string id, std::string text) const
{
    return store_->put(key(std::move(id)), entry(std::move(text)));
}

asio::awaitable<fill_state> trial::put(std::string id, entry value) const
{
    return store_->put(key(std::move(id)), std::move(value));
}

asio::awaitable<std::optional<std::string>> trial::read(std::string id) const
{
    auto found = co_await store_->get(key(std::move(id)));
    if (!found)
        co_return std::nullopt;
    co_return std::move(found->payload);
}

asio::awaitable<acquired> trial::acquire(std::string id) const
{
    return store_->acquire(key(std::move(id)), lease_time());
}

asio::awaitable<fill_state> trial::fill(std::string id, lease grant, std::string text) const
{
    return store_->fill(key(std::move(id)), grant, entry(std::move(text)));
}

asio::awaitable<void> trial::drop(std::string id, invalidation mode) const
{
    return store_->invalidate(key(std::move(id)), mode, std::nullopt);
}

asio::awaitable<lease> trial::take(std::string id)
{
    auto answer = co_await acquire(std::move(id));
    require(bool(answer.grant), "a lease is granted where nothing is in its way");
    co_return answer.grant;
}

asio::awaitable<boost::system::error_code> trial::failure_of(asio::awaitable<void> operation)
{
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error& failure) {
        co_return failure.code();
    }
    co_return boost::system::error_code();
}

} // namespace coffer::testing::conformance
