// SPDX-License-Identifier: BSL-1.0
#include "envelope_format.hpp"

#include "little_endian.hpp"

#include <coffer/core/crc32c.hpp>

namespace coffer::detail {
namespace {

envelope_header load_header(const char* from) noexcept
{
    envelope_header header;
    header.flags = load_le<std::uint8_t>(from + 5);
    header.codec = load_le<std::uint16_t>(from + 6);
    header.schema = load_le<std::uint64_t>(from + 8);
    header.created = load_le<std::int64_t>(from + 16);
    header.deadline = load_le<std::int64_t>(from + 24);
    header.grace = load_le<std::int64_t>(from + 32);
    header.cost = load_le<std::int64_t>(from + 40);
    header.key_size = load_le<std::uint32_t>(from + 48);
    header.fields_size = load_le<std::uint32_t>(from + 52);
    header.body_size = load_le<std::uint32_t>(from + 56);
    header.payload_size = load_le<std::uint32_t>(from + 60);
    return header;
}

// A time to live that ttl could not hold would be an exception later.
bool times_make_sense(const envelope_header& header) noexcept
{
    if (header.created < 0 || header.deadline < header.created || header.grace < 0 ||
        header.cost < 0)
        return false;
    return header.deadline == no_deadline || header.deadline - header.created <= longest_lifetime;
}

} // namespace

void store_header(char* to, const envelope_header& header) noexcept
{
    envelope_magic.copy(to, envelope_magic.size());
    store_le(to + 4, envelope_version);
    store_le(to + 5, header.flags);
    store_le(to + 6, header.codec);
    store_le(to + 8, header.schema);
    store_le(to + 16, header.created);
    store_le(to + 24, header.deadline);
    store_le(to + 32, header.grace);
    store_le(to + 40, header.cost);
    store_le(to + 48, header.key_size);
    store_le(to + 52, header.fields_size);
    store_le(to + 56, header.body_size);
    store_le(to + 60, header.payload_size);
}

boost::system::result<envelope_parts, envelope_fault> take_apart(std::string_view bytes) noexcept
{
    if (bytes.substr(0, envelope_magic.size()) != envelope_magic.substr(0, bytes.size()))
        return envelope_fault::magic;
    // A later format may differ in all that follows, also in where its checksum is.
    if (bytes.size() > 4 && load_le<std::uint8_t>(bytes.data() + 4) != envelope_version)
        return envelope_fault::version;
    if (bytes.size() < header_size + checksum_size)
        return envelope_fault::truncated;
    if (bytes.size() > largest_envelope)
        return envelope_fault::too_large;

    const envelope_header header = load_header(bytes.data());
    const std::uint64_t size = std::uint64_t{header_size} + header.key_size + header.fields_size +
                               header.body_size + checksum_size;
    if (size > bytes.size())
        return envelope_fault::truncated;
    if (size < bytes.size())
        return envelope_fault::malformed;
    const std::string_view summed = bytes.substr(0, bytes.size() - checksum_size);
    if (crc32c(summed) != load_le<std::uint32_t>(bytes.data() + summed.size()))
        return envelope_fault::checksum;
    if ((header.flags & ~flags_known) != 0)
        return envelope_fault::unknown_critical;
    if (!times_make_sense(header))
        return envelope_fault::malformed;

    envelope_parts parts{header, summed.substr(header_size), {}, {}};
    parts.body = parts.key.substr(header.key_size + header.fields_size);
    parts.fields = parts.key.substr(header.key_size, header.fields_size);
    parts.key = parts.key.substr(0, header.key_size);
    return parts;
}

} // namespace coffer::detail
