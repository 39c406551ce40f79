// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/input_buffer.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace coffer::redis::detail {
namespace {

constexpr std::size_t moderate = std::size_t(1) << 20;
constexpr unsigned calm_enough = 64;

} // namespace

std::span<char> input_buffer::prepare(std::size_t free, std::size_t whole)
{
    shrink();
    const std::size_t held = end_ - begin_;
    if (held == 0)
        clear();
    const std::size_t room = std::max(held + free, whole <= moderate ? whole : 0);
    if (capacity_ < room)
        move_to(std::max({room, 2 * capacity_, usual_}));
    else if (capacity_ - end_ < free || capacity_ - begin_ < room)
        move_to(capacity_);
    return {bytes_.get() + end_, capacity_ - end_};
}

void input_buffer::shrink()
{
    const std::size_t held = end_ - begin_;
    calm_ = held <= usual_ / 2 ? calm_ + 1 : 0;
    if (capacity_ > usual_ && calm_ > calm_enough) {
        move_to(usual_);
        calm_ = 0;
    }
}

// What is held comes first; the same capacity means in place.
void input_buffer::move_to(std::size_t capacity)
{
    const std::size_t held = end_ - begin_;
    if (capacity == capacity_) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    } else {
        auto moved = std::make_unique_for_overwrite<char[]>(capacity);
        if (held > 0)
            std::memcpy(moved.get(), bytes_.get() + begin_, held);
        bytes_ = std::move(moved);
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
}

} // namespace coffer::redis::detail
