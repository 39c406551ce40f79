// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

#include <stdexcept>

namespace coffer {

class redis_storage::store final : public detail::redis_store {
public:
    using detail::redis_store::redis_store;
};

redis_storage::redis_storage(redis::client over, redis_storage_options options)
    : store_(std::make_shared<store>(std::move(over), options, false)), storage_(store_)
{}

redis_storage::redis_storage(asio::any_io_executor executor, const redis::config& server,
                             redis_storage_options options)
    : store_(std::make_shared<store>(redis::client(std::move(executor), server), options, true)),
      storage_(store_)
{}

redis_storage_stats redis_storage::stats() const
{
    redis_storage_stats now = store_->line().stats();
    if (const auto watching = store_->coherence()) {
        now.changes = watching->board()->changes();
        now.epochs = watching->board()->epochs();
    }
    return now;
}

asio::awaitable<void> redis_storage::check() const
{
    return [](std::shared_ptr<store> self) -> asio::awaitable<void> {
        const auto place = self->enter();
        auto checking = self->line().check();
        co_await std::move(checking);
        if (!self->coherence())
            co_return;
        auto telling = self->line().client().connect_tracked();
        co_await std::move(telling);
    }(store_);
}

asio::awaitable<void> redis_storage::fence() const
{
    return [](std::shared_ptr<store> self) -> asio::awaitable<void> {
        const auto place = self->enter();
        if (!self->coherence())
            co_return;
        auto asking = self->line().client().fence();
        co_await std::move(asking);
    }(store_);
}

} // namespace coffer
