// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/hash_slot.hpp>

#include <array>

namespace coffer::redis::detail {
namespace {

// CRC-16 as XMODEM has it: polynomial 0x1021, from zero, nothing reflected.
constexpr std::array<std::uint16_t, 256> crc_table = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        unsigned crc = byte << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021u : crc << 1;
        table[byte] = static_cast<std::uint16_t>(crc);
    }
    return table;
}();

std::uint16_t crc16(std::string_view bytes) noexcept
{
    unsigned crc = 0;
    for (const char c : bytes)
        crc = ((crc << 8) & 0xffffu) ^ crc_table[(crc >> 8) ^ static_cast<unsigned char>(c)];
    return static_cast<std::uint16_t>(crc);
}

std::string_view tag_of(std::string_view key) noexcept
{
    const auto open = key.find('{');
    if (open == key.npos)
        return key;
    const auto shut = key.find('}', open + 1);
    if (shut == key.npos || shut == open + 1)
        return key;
    return key.substr(open + 1, shut - open - 1);
}

} // namespace

std::uint16_t hash_slot(std::string_view key) noexcept
{
    return crc16(tag_of(key)) % slot_count;
}

request_slot slot_of(const request& what)
{
    using kind = request_slot::kind;
    request_slot found;
    what.each_key([&](std::string_view key) {
        const std::uint16_t slot = hash_slot(key);
        if (found.where == kind::any)
            found = {kind::one, slot};
        else if (found.slot != slot)
            found.where = kind::crossing;
    });
    return found;
}

} // namespace coffer::redis::detail
