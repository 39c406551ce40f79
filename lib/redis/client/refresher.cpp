// SPDX-License-Identifier: BSL-1.0
#include "redis/client/refresher.hpp"

#include <coffer/core/errc.hpp>

#include <utility>

namespace coffer::redis::detail {
namespace {

using std::chrono::milliseconds;

// Clients of one cluster hear of a move at the same time.
constexpr milliseconds latest_start{20};

} // namespace

void refresher::start(const asio::any_io_executor& executor, const background& tasks)
{
    tasks.start(executor, keep(shared_from_this()));
}

void refresher::close()
{
    if (closed_)
        return;
    closed_ = true;
    wake_.set();
    over_.set();
}

void refresher::want(bool in_trouble)
{
    const auto before = pace_.next();
    pace_.want(time_.now(), chance_.pause(latest_start), in_trouble);
    if (pace_.next() < before)
        wake_.set();
}

asio::awaitable<refreshed> refresher::run_round()
{
    std::optional<error> failed;
    try {
        auto asking = ask_();
        const auto what = co_await std::move(asking);
        failure_.reset();
        co_return what;
    } catch (const error& known) {
        failed = known;
    } catch (const boost::system::system_error& other) {
        failed.emplace(other.code());
    }
    failure_ = std::move(failed);
    co_return refreshed::failed;
}

asio::awaitable<void> refresher::keep(std::shared_ptr<refresher> self)
{
    while (!self->closed_) {
        if (self->wake_.is_set())
            self->wake_ = event();
        auto sleeping = self->wake_.wait_until(self->time_, self->pace_.next());
        const bool woken = co_await std::move(sleeping);
        if (woken || self->closed_)
            continue;
        auto asking = self->run_round();
        const auto what = co_await std::move(asking);
        self->pace_.asked(self->time_.now(), what);
        const event over = std::exchange(self->over_, event());
        over.set();
    }
    self->over_.set();
    self->ask_ = nullptr; // it may own whoever owns this
}

} // namespace coffer::redis::detail
