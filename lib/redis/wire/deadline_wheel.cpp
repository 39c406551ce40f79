// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/deadline_wheel.hpp>

#include <algorithm>

namespace coffer::redis::detail {
namespace {

using time = deadline_wheel::time;
using step = time::duration;
constexpr step one_tick = deadline_wheel::tick;

// The tick that a moment is in, counted from the clock's beginning.
std::uint64_t tick_of(time moment) noexcept
{
    return moment.time_since_epoch() <= step::zero()
               ? 0
               : static_cast<std::uint64_t>(moment.time_since_epoch() / one_tick);
}

time moment_of(std::uint64_t tick) noexcept
{
    return time(one_tick * static_cast<step::rep>(tick));
}

} // namespace

// A deadline is due at the first tick that begins at it or after.
void deadline_wheel::add(operation& added) noexcept
{
    if (added.deadline == time::max())
        return;
    const std::uint64_t begun = tick_of(added.deadline);
    added.tick_ = std::max(begun + (moment_of(begun) < added.deadline), done_ + 1);
    link(heads_[added.tick_ % buckets], added);
    earliest_ = size_ == 0 ? added.tick_ : std::min(earliest_, added.tick_);
    ++size_;
}

operation* deadline_wheel::pop_due(time now) noexcept
{
    const std::uint64_t tick_now = tick_of(now);
    if (due_ == nullptr && tick_now > done_ && size_ > 0)
        collect(tick_now);
    done_ = std::max(done_, tick_now);
    operation* const first = due_;
    if (first != nullptr)
        unlink(*first);
    return first;
}

time deadline_wheel::next() const noexcept
{
    if (size_ == 0)
        return time::max();
    if (due_ != nullptr)
        return moment_of(done_);
    // What was the earliest may have gone; one turn of the wheel is looked through at most.
    earliest_ = std::max(earliest_, done_ + 1);
    for (std::size_t seen = 0; seen < buckets && heads_[earliest_ % buckets] == nullptr; ++seen)
        ++earliest_;
    return moment_of(earliest_);
}

void deadline_wheel::link(operation*& head, operation& added) noexcept
{
    added.wheel_next_ = head;
    added.wheel_link_ = &head;
    if (head != nullptr)
        head->wheel_link_ = &added.wheel_next_;
    head = &added;
}

void deadline_wheel::unlink(operation& one) noexcept
{
    *one.wheel_link_ = one.wheel_next_;
    if (one.wheel_next_ != nullptr)
        one.wheel_next_->wheel_link_ = one.wheel_link_;
    one.wheel_next_ = nullptr;
    one.wheel_link_ = nullptr;
    --size_;
}

// Backwards, because each goes before those collected so far.
void deadline_wheel::collect(std::uint64_t until) noexcept
{
    const std::uint64_t ticks = std::min<std::uint64_t>(until - done_, buckets);
    for (std::uint64_t back = 0; back < ticks; ++back)
        collect_bucket((until - back) % buckets, until);
}

void deadline_wheel::collect_bucket(std::size_t bucket, std::uint64_t until) noexcept
{
    for (operation* one = heads_[bucket]; one != nullptr;) {
        operation* const after = one->wheel_next_;
        if (one->tick_ <= until) {
            unlink(*one);
            link(due_, *one);
            ++size_;
        }
        one = after;
    }
}

} // namespace coffer::redis::detail
