// SPDX-License-Identifier: BSL-1.0
#include "net/context_waits.hpp"

#include "net/parked_wait.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

namespace coffer::detail {

namespace {

class service final : public asio::execution_context::service {
public:
    using key_type = service;
    static asio::execution_context::id id;

    explicit service(asio::execution_context& context)
        : asio::execution_context::service(context), waits(std::make_shared<context_waits>())
    {}

    const std::shared_ptr<context_waits> waits; // a wait may outlive the context

private:
    void shutdown() noexcept override { waits->retire_all(); }
};

asio::execution_context::id service::id;

} // namespace

std::shared_ptr<context_waits> context_waits::of(const asio::any_io_executor& executor)
{
    auto& context = asio::query(executor, asio::execution::context);
    return asio::use_service<service>(context).waits;
}

void context_waits::add(parked_wait& one)
{
    const std::lock_guard lock(mutex_);
    one.next_ = first_;
    if (first_)
        first_->previous_ = &one;
    first_ = &one;
}

void context_waits::remove(parked_wait& one) noexcept
{
    const std::lock_guard lock(mutex_);
    (one.previous_ ? one.previous_->next_ : first_) = one.next_;
    if (one.next_)
        one.next_->previous_ = one.previous_;
}

void context_waits::retire_all() noexcept
{
    const std::lock_guard lock(mutex_);
    for (parked_wait* each = first_; each; each = each->next_)
        each->retire();
}

} // namespace coffer::detail
