// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace coffer::redis::detail {

/// What has been written and is not wholly answered, in order.
///
/// A slot is found by its sequence number, which counts up for ever: so an operation leaves its
/// slot at once, and the slot stays until its replies have come.
class flight_ring {
public:
    struct slot {
        operation* owner;     // null once it has gone
        std::uint64_t end;    // of its bytes, counted from the connection's first
        std::uint32_t left;   // replies to come
        bool blocks;          // may be silent for long
        bool subscribes;      // is answered by pushes
        bool leaves_channels; // which are of the kind `unsubscribe`
    };

    flight_ring() : slots_(initial) {}

    bool empty() const noexcept { return first_ == end_; }
    std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - first_); }
    slot& front() noexcept { return at(first_); }
    slot& at(std::uint64_t sequence) noexcept { return slots_[sequence & (slots_.size() - 1)]; }
    void pop_front() noexcept { ++first_; }

    /// Returns its sequence number.
    std::uint64_t push_back(const slot& added)
    {
        if (size() == slots_.size()) [[unlikely]]
            grow();
        at(end_) = added;
        return end_++;
    }

private:
    static constexpr std::size_t initial = 64; // a power of two, as all later sizes

    void grow()
    {
        std::vector<slot> larger(slots_.size() * 2);
        for (std::uint64_t each = first_; each != end_; ++each)
            larger[each & (larger.size() - 1)] = at(each);
        slots_.swap(larger);
    }

    std::vector<slot> slots_;
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
};

} // namespace coffer::redis::detail
