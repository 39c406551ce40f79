// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace coffer::detail {

/// A power of two of shards, which neither copy nor move; const like a pointer to them.
template <class Shard>
class shard_array {
public:
    /// Precondition: the shards' constructor does not throw.
    template <class... Args>
    explicit shard_array(std::size_t count, Args&... args)
        : count_(count), first_(std::allocator<Shard>().allocate(count))
    {
        static_assert(std::is_nothrow_constructible_v<Shard, Args&...>);
        for (Shard& each : *this)
            std::construct_at(&each, args...);
    }

    ~shard_array()
    {
        std::destroy(begin(), end());
        std::allocator<Shard>().deallocate(first_, count_);
    }

    shard_array(const shard_array&) = delete;
    shard_array& operator=(const shard_array&) = delete;

    std::size_t size() const noexcept { return count_; }
    Shard* begin() const noexcept { return first_; }
    Shard* end() const noexcept { return first_ + count_; }

    /// Any number stands for one: `number` modulo how many there are.
    Shard& operator[](std::uint64_t number) const noexcept { return first_[number & (count_ - 1)]; }

private:
    const std::size_t count_;
    Shard* const first_;
};

} // namespace coffer::detail
