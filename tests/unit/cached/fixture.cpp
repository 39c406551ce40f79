// SPDX-License-Identifier: BSL-1.0
// One program with all tests, and under the thread sanitizer with those that have threads.
#include "unit/cached/fixture.hpp"

#include <coffer/cached.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace coffer::detail {
template class function_core<int, int>;
template asio::awaitable<int> function_core<int, int>::obtain<int, asio::any_io_executor>(ptr,
                                                                                          request);
} // namespace coffer::detail

namespace fixture {
namespace {

// Counts a load while it runs.
class running_load {
public:
    explicit running_load(source& in) : in_(in) { ++in_.running; }
    running_load(const running_load&) = delete;
    running_load& operator=(const running_load&) = delete;
    ~running_load() { --in_.running; }

private:
    source& in_;
    support::live live_;
};

asio::awaitable<void> wait(source& in)
{
    for (std::size_t hop = 0; hop < in.hops; ++hop)
        co_await asio::post(asio::use_awaitable);
    if (!in.gate)
        co_return;
    if (in.deaf)
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto waiting = in.gate->wait();
    co_await std::move(waiting);
}

} // namespace

asio::awaitable<int> source::run(std::shared_ptr<source> self, coffer::load_context& load, int key)
{
    const running_load here(*self);
    const int run = ++self->runs;
    const int value = self->value_of(key);
    try {
        if (self->instead) {
            auto whole = self->instead(load, key);
            const int made = co_await std::move(whole);
            co_return made;
        }
        auto waiting = wait(*self);
        co_await std::move(waiting);
    } catch (const boost::system::system_error& e) {
        self->stopped += e.code() == asio::error::operation_aborted;
        throw;
    }
    if (self->fails)
        throw load_failed(run);
    if (self->says)
        self->says(load, key);
    co_return value;
}

numbers make(const std::shared_ptr<source>& from, coffer::options how)
{
    auto load = [from](coffer::load_context& context, int key) { return from->load(context, key); };
    return coffer::cached("number", std::move(load), std::move(how));
}

std::uint64_t ended(const coffer::function_stats& sum)
{
    return sum.hits + sum.storage_hits + sum.loads + sum.joined + sum.stale + sum.errors +
           sum.cancelled;
}

} // namespace fixture
