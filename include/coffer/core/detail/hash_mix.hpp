// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace coffer::detail {

/// Random for each process, and set before any other static of the library's users, so that who
/// chooses the keys cannot choose the collisions.
class process_seed {
public:
    process_seed();
    operator std::uint64_t() const noexcept { return number_; }

private:
    std::uint64_t number_;
};
extern const process_seed hash_seed;

// Odd, with about half of the bits set and no pattern.
inline constexpr std::uint64_t hash_odd_1 = 0x9e6f'1bd7'43c5'8a2f;
inline constexpr std::uint64_t hash_odd_2 = 0xc2b7'5f36'9d1a'e48d;
inline constexpr std::uint64_t hash_odd_3 = 0xa54d'93e8'1f6b'c275;

/// The 128-bit product folded to 64 bits: every bit of the result hangs on every bit given.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept
{
    __extension__ using wide = unsigned __int128;
    const wide product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// One step leaves traces of regular numbers in some of the bits; a second one at the end does not.
inline std::uint64_t finished(std::uint64_t state) noexcept
{
    return fold(state ^ hash_odd_2, hash_odd_3);
}

inline std::uint64_t hash_number(std::uint64_t state, std::uint64_t number) noexcept
{
    return fold(state ^ number, hash_odd_1);
}

template <class Word>
std::uint64_t load_word(const char* from) noexcept
{
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
}

std::uint64_t hash_long_bytes(std::uint64_t state, const char* data, std::size_t size) noexcept;

/// The words of up to 16 bytes overlap, so that no loop is needed for them.
inline std::uint64_t hash_bytes(std::uint64_t state, const char* data, std::size_t size) noexcept
{
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (size > 16)
        return hash_long_bytes(state, data, size);
    if (size >= 8) {
        low = load_word<std::uint64_t>(data);
        high = load_word<std::uint64_t>(data + size - 8);
    } else if (size >= 4) {
        low = load_word<std::uint32_t>(data);
        high = load_word<std::uint32_t>(data + size - 4);
    } else if (size > 0) {
        low = load_word<unsigned char>(data) | load_word<unsigned char>(data + size / 2) << 8;
        high = load_word<unsigned char>(data + size - 1);
    }
    return fold(low ^ hash_odd_2, high ^ state ^ size * hash_odd_3);
}

} // namespace coffer::detail
