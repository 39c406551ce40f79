// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/detail/hash_mix.hpp>

#include <random>

namespace coffer::detail {

process_seed::process_seed()
{
    std::random_device source;
    number_ = std::uint64_t{source()} << 32 | source();
}

// Before all statics without a priority: a cache may be one, and be filled by another.
__attribute__((init_priority(101))) const process_seed hash_seed;

std::uint64_t hash_long_bytes(std::uint64_t state, const char* data, std::size_t size) noexcept
{
    const std::size_t whole = size;
    std::uint64_t other = state;
    // Two lanes, because one would wait for its own multiplication.
    for (; size > 32; data += 32, size -= 32) {
        state = fold(load_word<std::uint64_t>(data) ^ hash_odd_1,
                     load_word<std::uint64_t>(data + 8) ^ state);
        other = fold(load_word<std::uint64_t>(data + 16) ^ hash_odd_2,
                     load_word<std::uint64_t>(data + 24) ^ other);
    }
    if (size > 16)
        state = fold(load_word<std::uint64_t>(data) ^ hash_odd_1,
                     load_word<std::uint64_t>(data + 8) ^ state);
    // The last 16 bytes, which may overlap what has been read.
    const char* const tail = data + size - 16;
    const std::uint64_t end = fold(load_word<std::uint64_t>(tail) ^ hash_odd_2,
                                   load_word<std::uint64_t>(tail + 8) ^ state ^ other);
    return end ^ whole * hash_odd_3;
}

} // namespace coffer::detail
