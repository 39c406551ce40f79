// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/crc32c.hpp>

#include "crc32c_kernels.hpp"
#include "little_endian.hpp"

#include <array>

#if COFFER_CRC32C_SSE42
#include <nmmintrin.h>
#endif

namespace coffer {
namespace detail {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78; // 0x1EDC6F41, bits reversed

// tables[k][b]: what byte b does to the register once k more zero bytes have passed.
using slicing_tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr slicing_tables make_tables()
{
    slicing_tables all{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t state = byte;
        for (int bit = 0; bit < 8; ++bit)
            state = state >> 1 ^ ((state & 1) != 0 ? polynomial : 0);
        all[0][byte] = state;
    }
    for (std::size_t k = 1; k < all.size(); ++k)
        for (std::size_t byte = 0; byte < 256; ++byte)
            all[k][byte] = all[k - 1][byte] >> 8 ^ all[0][all[k - 1][byte] & 0xff];
    return all;
}

constexpr slicing_tables tables = make_tables();

constexpr std::uint32_t step(std::uint32_t state, unsigned char byte)
{
    return state >> 8 ^ tables[0][(state ^ byte) & 0xff];
}

} // namespace

std::uint32_t crc32c_tables(std::uint32_t state, const char* bytes, std::size_t size) noexcept
{
    for (; size >= 8; bytes += 8, size -= 8) {
        const std::uint64_t word = load_le<std::uint64_t>(bytes) ^ state;
        state = 0;
        for (std::size_t k = 0; k < 8; ++k)
            state ^= tables[7 - k][word >> 8 * k & 0xff];
    }
    for (; size > 0; ++bytes, --size)
        state = step(state, static_cast<unsigned char>(*bytes));
    return state;
}

#if COFFER_CRC32C_SSE42
namespace {

// The instruction takes three cycles and can be started every cycle: three lanes run side by side
// over a third of a block each. A lane's register is then moved past the bytes of the next lane,
// which is linear in its bits: four look-ups.
constexpr std::size_t lane = 256;

using shift_tables = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr shift_tables make_shifts()
{
    std::array<std::uint32_t, 32> of_bit{}; // what one bit has become after a lane of zero bytes
    for (std::size_t bit = 0; bit < 32; ++bit) {
        std::uint32_t state = std::uint32_t{1} << bit;
        for (std::size_t i = 0; i < lane; ++i)
            state = step(state, 0);
        of_bit[bit] = state;
    }
    shift_tables all{};
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t byte = 0; byte < 256; ++byte)
            for (std::size_t bit = 0; bit < 8; ++bit)
                if ((byte >> bit & 1) != 0)
                    all[k][byte] ^= of_bit[8 * k + bit];
    return all;
}

constexpr shift_tables shifts = make_shifts();

std::uint32_t past_lane(std::uint32_t state) noexcept
{
    return shifts[0][state & 0xff] ^ shifts[1][state >> 8 & 0xff] ^ shifts[2][state >> 16 & 0xff] ^
           shifts[3][state >> 24];
}

__attribute__((target("sse4.2"))) std::uint32_t block_sse42(std::uint32_t state,
                                                            const char* bytes) noexcept
{
    std::uint64_t a = state;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    for (std::size_t at = 0; at < lane; at += 8) {
        a = _mm_crc32_u64(a, load_le<std::uint64_t>(bytes + at));
        b = _mm_crc32_u64(b, load_le<std::uint64_t>(bytes + lane + at));
        c = _mm_crc32_u64(c, load_le<std::uint64_t>(bytes + 2 * lane + at));
    }
    const std::uint32_t ab =
        past_lane(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b);
    return past_lane(ab) ^ static_cast<std::uint32_t>(c);
}

} // namespace

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::uint32_t state, const char* bytes,
                                                             std::size_t size) noexcept
{
    for (; size >= 3 * lane; bytes += 3 * lane, size -= 3 * lane)
        state = block_sse42(state, bytes);
    std::uint64_t wide = state;
    for (; size >= 8; bytes += 8, size -= 8)
        wide = _mm_crc32_u64(wide, load_le<std::uint64_t>(bytes));
    state = static_cast<std::uint32_t>(wide);
    for (; size > 0; ++bytes, --size)
        state = _mm_crc32_u8(state, static_cast<unsigned char>(*bytes));
    return state;
}
#endif

crc32c_kernel best_crc32c_kernel() noexcept
{
#if COFFER_CRC32C_SSE42
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42;
#endif
    return crc32c_tables;
}

} // namespace detail

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept
{
    static const detail::crc32c_kernel kernel = detail::best_crc32c_kernel();
    return ~kernel(~before, bytes.data(), bytes.size());
}

} // namespace coffer
