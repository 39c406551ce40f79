// SPDX-License-Identifier: BSL-1.0
#include "storage/breaker_rule.hpp"

#include <algorithm>

namespace coffer::detail {

failure_window::failure_window(std::chrono::milliseconds length)
    : width_(std::max(std::chrono::duration_cast<clock::steady_time::duration>(length) / count,
                      clock::steady_time::duration(1)))
{}

void failure_window::move_to(clock::steady_time now)
{
    const std::int64_t newest = now.time_since_epoch() / width_;
    const std::int64_t passed = std::min<std::int64_t>(newest - current_, count);
    for (std::int64_t i = 0; i < passed; ++i)
        steps_[static_cast<std::size_t>((newest - i) % count)] = step();
    current_ = newest;
}

void failure_window::note(bool failed, clock::steady_time now)
{
    move_to(now);
    step& here = steps_[static_cast<std::size_t>(current_ % count)];
    ++here.all;
    here.failed += failed ? 1 : 0;
}

void failure_window::forget() noexcept
{
    steps_.fill(step());
}

bool failure_window::exceeds(double share, std::size_t least, clock::steady_time now)
{
    move_to(now);
    step sum;
    for (const step& one : steps_) {
        sum.all += one.all;
        sum.failed += one.failed;
    }
    return sum.all >= least &&
           static_cast<double>(sum.failed) >= share * static_cast<double>(sum.all);
}

breaker_rule::breaker_rule(const breaker_options& options)
    : options_(options), window_(options.window()),
      cool_down_(options.cool_down(), options.longest_cool_down(), options.jitter())
{}

breaker_state breaker_rule::state(time now) const noexcept
{
    if (state_ == breaker_state::open && now >= open_until_)
        return breaker_state::half_open;
    return state_;
}

breaker_rule::admission breaker_rule::admit(time now)
{
    if (state_ == breaker_state::open && now >= open_until_) {
        state_ = breaker_state::half_open;
        ++era_;
        probing_ = proven_ = 0;
    }
    admission result;
    result.era = era_;
    result.probe = state_ == breaker_state::half_open;
    if (state_ == breaker_state::closed)
        result.admitted = true;
    else if (result.probe) // a probe that never ends must not keep others from trying
        result.admitted = probing_ + proven_ < options_.probes() ||
                          now >= later(probed_at_, options_.longest_cool_down());
    if (result.admitted && result.probe) {
        ++probing_;
        probed_at_ = now;
    }
    return result;
}

void breaker_rule::succeeded(admission of, time now)
{
    if (!current(of))
        return;
    if (of.probe) {
        --probing_;
        if (++proven_ >= options_.probes())
            close();
        return;
    }
    in_a_row_ = 0;
    window_.note(false, now);
}

void breaker_rule::failed(admission of, time now)
{
    if (!current(of))
        return;
    if (of.probe) {
        open(now);
        return;
    }
    window_.note(true, now);
    const bool too_often = options_.failure_rate() <= 1 &&
                           window_.exceeds(options_.failure_rate(), options_.least(), now);
    if (++in_a_row_ >= options_.failures() || too_often)
        open(now);
}

void breaker_rule::dropped(admission of) noexcept
{
    if (current(of) && of.probe)
        --probing_;
}

void breaker_rule::open(time now)
{
    state_ = breaker_state::open;
    ++era_;
    ++opened_;
    open_until_ = later(now, cool_down_.next());
}

void breaker_rule::close() noexcept
{
    state_ = breaker_state::closed;
    ++era_;
    in_a_row_ = 0;
    cool_down_.succeeded();
    window_.forget();
}

} // namespace coffer::detail
