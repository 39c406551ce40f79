// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/clock.hpp>

#include <ctime>

namespace coffer {
namespace {

using namespace std::chrono_literals;

// The coarse clock lags the exact one by at most one tick of the kernel, 10 ms at 100 Hz.
constexpr auto coarse_lag = 12ms;

class machine_time final : public time_source {
public:
    steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }

    wall_time wall() const noexcept override
    {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    bool reached(steady_time moment) const noexcept override
    {
        if (moment == steady_time::max() || coarse() + coarse_lag < moment)
            return false;
        return now() >= moment;
    }

private:
    static steady_time coarse() noexcept
    {
        timespec at{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &at); // the clock that steady_clock reads, cached
        return steady_time(std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec));
    }
};

const std::shared_ptr<time_source>& machine()
{
    static const std::shared_ptr<time_source> instance = std::make_shared<machine_time>();
    return instance;
}

} // namespace

clock::clock() : source_(machine())
{}

} // namespace coffer
