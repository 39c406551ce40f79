// SPDX-License-Identifier: BSL-1.0
#include "scope/scope_pass.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace coffer::detail {
namespace {

std::exception_ptr gave_up()
{
    return std::make_exception_ptr(boost::system::system_error(
        errc::abandoned, "coffer: callbacks of a transaction scope were not run"));
}

} // namespace

scope_pass::~scope_pass()
{
    if (!started_)
        end();
}

void scope_pass::end() noexcept
{
    if (!complete_ && core_->give_up() != 0)
        core_->report(gave_up());
    done_.set();
}

void scope_pass::failed(std::exception_ptr error)
{
    core_->report(error);
    errors_.push_back(std::move(error));
}

/// Ends the pass when the frame of `run` goes, begun or not: a waiter elsewhere is told even if the
/// context of the pass stops.
class scope_pass::runner {
public:
    explicit runner(std::shared_ptr<scope_pass> pass) noexcept : pass_(std::move(pass)) {}
    runner(runner&&) noexcept = default;
    ~runner()
    {
        if (pass_)
            pass_->end();
    }

    scope_pass* operator->() const noexcept { return pass_.get(); }

private:
    std::shared_ptr<scope_pass> pass_;
};

asio::awaitable<void> scope_pass::run(runner self)
{
    while (const auto next = self->core_->next_due()) {
        std::exception_ptr error;
        try {
            co_await next->run();
        } catch (...) {
            error = std::current_exception();
        }
        if (error)
            self->failed(std::move(error));
    }
    self->complete_ = true;
}

void scope_pass::start(const std::shared_ptr<scope_pass>& self, const asio::any_io_executor& where)
{
    self->started_ = true;
    asio::co_spawn(where, run(runner(self)), asio::detached);
}

asio::awaitable<std::vector<std::exception_ptr>>
scope_pass::finish(std::shared_ptr<scope_pass> self)
{
    if (!self->started_) {
        const auto here = co_await asio::this_coro::executor;
        start(self, here);
    }
    co_await self->done_.wait();
    if (!self->complete_)
        throw boost::system::system_error(errc::abandoned);
    co_return std::move(self->errors_);
}

} // namespace coffer::detail
