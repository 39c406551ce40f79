// SPDX-License-Identifier: BSL-1.0
#include "redis/link/link_service.hpp"

#include "redis/link/link.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

namespace coffer::redis::detail {

namespace asio = boost::asio;

class link_service::shared {
public:
    void add(std::weak_ptr<link> added)
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(links_, [](const std::weak_ptr<link>& each) { return each.expired(); });
        links_.push_back(std::move(added));
    }

    std::vector<std::weak_ptr<link>> take()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(links_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<link>> links_;
};

namespace {

class service final : public asio::execution_context::service {
public:
    using key_type = service;
    static asio::execution_context::id id;

    explicit service(asio::execution_context& context)
        : asio::execution_context::service(context), links(std::make_shared<link_service::shared>())
    {}

    const std::shared_ptr<link_service::shared> links;

private:
    void shutdown() noexcept override
    {
        for (const auto& each : links->take())
            if (const auto alive = each.lock())
                alive->abandon();
    }
};

asio::execution_context::id service::id;

} // namespace

link_service link_service::of(const asio::any_io_executor& executor)
{
    auto& context = asio::query(executor, asio::execution::context);
    return link_service(asio::use_service<service>(context).links);
}

void link_service::add(link& added)
{
    all_->add(added.weak_from_this());
}

} // namespace coffer::redis::detail
