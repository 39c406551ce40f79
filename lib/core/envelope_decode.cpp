// SPDX-License-Identifier: BSL-1.0
#include "compression.hpp"
#include "envelope_format.hpp"
#include "seal.hpp"

#include <algorithm>

namespace coffer {

using boost::system::result;
using detail::envelope_header;
using detail::envelope_parts;

namespace {

bool is_text_of(std::string_view text, const storage_key& key) noexcept
{
    if (text.size() != detail::text_size(key))
        return false;
    const auto cut = [&text](std::string_view part) {
        const bool same = text.substr(0, part.size()) == part;
        text.remove_prefix(part.size());
        return same;
    };
    return cut(key.space) && cut(":") && cut(key.group) && cut(":") && cut(key.id);
}

bool is_over(const envelope_header& header, std::int64_t now) noexcept
{
    return header.deadline != detail::no_deadline &&
           now >= detail::capped_sum(header.deadline, header.grace);
}

void read_header(const envelope_header& header, std::int64_t now, stored_entry& to)
{
    using std::chrono::milliseconds;
    to.codec = header.codec;
    to.schema = header.schema;
    to.grace = milliseconds(header.grace);
    to.cost = std::chrono::microseconds(header.cost);
    to.age = milliseconds(std::max<std::int64_t>(now - header.created, 0));
    if (header.deadline == detail::no_deadline) {
        to.lifetime = never;
        return;
    }
    to.lifetime = milliseconds(header.deadline - header.created);
    to.fresh_for = milliseconds(header.deadline - now);
}

// The payload as it was before sealing, but perhaps compressed: a view of the body, or of `room`.
result<std::string_view, envelope_fault> unsealed(std::string_view bytes,
                                                  const envelope_parts& parts,
                                                  const envelope_options& options,
                                                  std::string& room)
{
    const bool sealed = (parts.header.flags & detail::flag_sealed) != 0;
    if (sealed != options.seal().has_value())
        return envelope_fault::seal; // also one without a seal: anyone can write that
    if (!sealed)
        return parts.body;
    if (parts.body.size() < detail::seal_head_size + detail::seal_tag_size)
        return envelope_fault::malformed;
    const auto key = options.seal()->find(detail::sealing_key(parts.body));
    if (!key)
        return envelope_fault::seal;
    bytes.remove_suffix(detail::checksum_size);
    auto opened = detail::open_seal(bytes, parts.body, *key);
    if (!opened)
        return envelope_fault::seal;
    room = std::move(*opened);
    return std::string_view(room);
}

std::optional<envelope_fault> read_body(std::string_view bytes, const envelope_parts& parts,
                                        const envelope_options& options, std::string& payload)
{
    std::string room;
    const auto inner = unsealed(bytes, parts, options, room);
    if (!inner)
        return inner.error();
    if ((parts.header.flags & detail::flag_compressed) != 0) {
        if (!detail::append_decompressed(payload, *inner, parts.header.payload_size))
            return envelope_fault::compression;
        return std::nullopt;
    }
    if (inner->size() != parts.header.payload_size)
        return envelope_fault::malformed;
    if (inner->data() == room.data())
        payload = std::move(room);
    else
        payload = *inner;
    return std::nullopt;
}

} // namespace

result<decoded_entry, envelope_fault> envelope::decode(std::string_view bytes,
                                                       const storage_key& key, clock::wall_time now,
                                                       std::optional<value_shape> expected) const
{
    const auto parts = detail::take_apart(bytes);
    if (!parts)
        return parts.error();
    const envelope_header& header = parts->header;
    const std::int64_t at = detail::since_1970(now);
    if (!is_text_of(parts->key, key))
        return envelope_fault::key;
    if (expected && *expected != value_shape{header.codec, header.schema})
        return envelope_fault::schema;
    if (header.payload_size > options_.max_payload())
        return envelope_fault::too_large;
    if (is_over(header, at))
        return envelope_fault::expired;

    decoded_entry found;
    read_header(header, at, found.value);
    if (const auto fault = detail::read_fields(parts->fields, found))
        return *fault;
    if (const auto fault = read_body(bytes, *parts, options_, found.value.payload))
        return *fault;
    return found;
}

result<envelope_info, envelope_fault> envelope::inspect(std::string_view bytes,
                                                        clock::wall_time now)
{
    const auto parts = detail::take_apart(bytes);
    if (!parts)
        return parts.error();
    decoded_entry found;
    if (const auto fault = detail::read_fields(parts->fields, found))
        return *fault;
    read_header(parts->header, detail::since_1970(now), found.value);

    envelope_info info;
    info.key = parts->key;
    info.header = std::move(found.value);
    info.marks = std::move(found.marks);
    info.created = clock::wall_time(std::chrono::milliseconds(parts->header.created));
    info.payload_size = parts->header.payload_size;
    info.stored_size = parts->body.size();
    info.compressed = (parts->header.flags & detail::flag_compressed) != 0;
    if ((parts->header.flags & detail::flag_sealed) != 0) {
        if (parts->body.size() < detail::seal_head_size + detail::seal_tag_size)
            return envelope_fault::malformed;
        info.sealed_with = detail::sealing_key(parts->body);
    }
    return info;
}

} // namespace coffer
