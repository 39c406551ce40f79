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
    return store_->line().stats();
}

asio::awaitable<void> redis_storage::check() const
{
    return [](std::shared_ptr<store> self) -> asio::awaitable<void> {
        const auto place = self->enter();
        auto checking = self->line().check();
        co_await std::move(checking);
    }(store_);
}

} // namespace coffer
