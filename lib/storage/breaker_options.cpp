// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/breaker.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace coffer {
namespace {

using std::chrono::milliseconds;

void require(bool right, const char* option, const char* what)
{
    if (!right)
        throw std::invalid_argument(std::string("coffer: breaker_options().") + option + ": " +
                                    what);
}

} // namespace

breaker_options& breaker_options::failures(std::size_t in_a_row)
{
    require(in_a_row > 0, "failures", "the count must be at least 1");
    failures_ = in_a_row;
    return *this;
}

breaker_options& breaker_options::failure_rate(double share, milliseconds window, std::size_t least)
{
    require(share > 0 && share <= 1, "failure_rate", "the share must be above 0 and at most 1");
    require(window >= milliseconds(1), "failure_rate", "the window must be positive");
    require(least > 0, "failure_rate", "the least number of operations must be at least 1");
    rate_ = share;
    window_ = window;
    least_ = least;
    return *this;
}

breaker_options& breaker_options::cool_down(milliseconds first, std::optional<milliseconds> longest)
{
    require(first > milliseconds(0), "cool_down", "the time must be positive");
    const milliseconds most = longest.value_or(std::max(first, longest_cool_down_));
    require(most >= first, "cool_down", "the longest time must not be below the first");
    cool_down_ = first;
    longest_cool_down_ = most;
    return *this;
}

breaker_options& breaker_options::jitter(coffer::jitter source)
{
    jitter_ = std::move(source);
    return *this;
}

breaker_options& breaker_options::probes(std::size_t count)
{
    require(count > 0, "probes", "the count must be at least 1");
    probes_ = count;
    return *this;
}

breaker_options& breaker_options::timeout(milliseconds limit)
{
    require(limit > milliseconds(0), "timeout", "the limit must be positive");
    timeout_ = limit;
    return *this;
}

breaker_options& breaker_options::on_change(std::function<void(breaker_state)> handler)
{
    on_change_ = std::move(handler);
    return *this;
}

breaker_options& breaker_options::clock(coffer::clock time)
{
    clock_ = std::move(time);
    return *this;
}

} // namespace coffer
