// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

#include <boost/asio/this_coro.hpp>

namespace coffer::detail {

capabilities redis_store::able() const noexcept
{
    using enum capability;
    const capabilities all{leases, grace, tags,  clear,         counters, floors,
                           hold,   scan,  touch, put_if_absent, shared};
    const capabilities lasting = options_.durable() ? all.with(durable) : all;
    return line_.client().can_track() ? lasting.with(pushes) : lasting;
}

coherence_ticket redis_store::do_ticket(const storage_key& key)
{
    const auto on = coherence();
    if (!on)
        return {};
    return on->board()->ticket(redis_coherence::hash_of(names_.entry(key)),
                               redis_coherence::hash_of(names_.space(key.space)));
}

storage_limits redis_store::limits() const noexcept
{
    storage_limits result;
    result.max_key = options_.max_key();
    result.max_value = options_.max_value();
    return result;
}

std::string redis_store::describe() const
{
    return "Redis storage '" + options_.prefix() + "' at " + line_.client().describe();
}

asio::awaitable<bool> redis_store::is_at_home() const
{
    const asio::any_io_executor here = co_await asio::this_coro::executor;
    co_return here == line_.client().get_executor();
}

asio::awaitable<void> redis_store::do_close()
{
    auto waiting = running_.close();
    co_await std::move(waiting);
    wakes_.close();
    auto closing = line_.close();
    co_await std::move(closing);
}

} // namespace coffer::detail
