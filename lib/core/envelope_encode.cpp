// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/crc32c.hpp>
#include <coffer/core/errc.hpp>

#include "compression.hpp"
#include "envelope_format.hpp"
#include "little_endian.hpp"
#include "seal.hpp"

#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace coffer {

using detail::envelope_header;

namespace {

struct validity {
    std::int64_t created;
    std::int64_t deadline;
};

validity of_new(const entry& value, std::int64_t now) noexcept
{
    BOOST_ASSERT(!value.lifetime.is_inherit());
    if (!value.lifetime.is_finite())
        return {now, detail::no_deadline};
    return {now, detail::capped_sum(now, value.lifetime.span().count())};
}

validity of_stored(const stored_entry& value, std::int64_t now) noexcept
{
    const std::int64_t age = std::clamp<std::int64_t>(value.age.count(), 0, now);
    if (!value.fresh_for)
        return {now - age, detail::no_deadline};
    const std::int64_t rest =
        std::clamp<std::int64_t>(value.fresh_for->count(), -age, detail::longest_lifetime - age);
    return {now - age, now + rest};
}

envelope_header header_of(const entry& value, validity valid) noexcept
{
    envelope_header header;
    header.codec = value.codec;
    header.schema = value.schema;
    header.created = valid.created;
    header.deadline = valid.deadline;
    header.grace = std::max<std::int64_t>(value.grace.count(), 0);
    header.cost = std::max<std::int64_t>(value.cost.count(), 0);
    header.payload_size = static_cast<std::uint32_t>(value.payload.size());
    return header;
}

void append_key(std::string& to, const storage_key& key) // what key.text() would be
{
    to.append(key.space).append(1, ':').append(key.group).append(1, ':').append(key.id);
}

[[noreturn]] void refuse(const char* what)
{
    throw boost::system::system_error(errc::value_too_large, what);
}

void append_payload(std::string& to, std::string_view payload, const envelope_options& options,
                    envelope_header& header)
{
    const auto& threshold = options.compress_above();
    if (threshold && payload.size() >= *threshold &&
        detail::append_compressed(to, payload, options.compression_level()))
        header.flags |= detail::flag_compressed;
    else
        to += payload;
}

// Order: compress, seal, sum. The header is part of what is sealed and summed, so it is written
// when the sizes are known and before the seal.
void append_body(std::string& to, std::string_view payload, const envelope_options& options,
                 envelope_header& header)
{
    const auto key = options.seal() ? options.seal()->find_primary() : nullptr;
    const std::size_t begin = to.size();
    if (key)
        detail::append_seal_head(to, *key);
    append_payload(to, payload, options, header);
    header.body_size = static_cast<std::uint32_t>(to.size() - begin);
    if (!key) {
        detail::store_header(to.data(), header);
        return;
    }
    header.flags |= detail::flag_sealed;
    header.body_size += detail::seal_tag_size;
    detail::store_header(to.data(), header);
    detail::seal_from(begin + detail::seal_head_size, to, *key);
}

std::string write(const storage_key& key, const entry& value, validity valid,
                  const envelope_marks& marks, const envelope_options& options)
{
    BOOST_ASSERT(marks.tag_sequences.empty() || marks.tag_sequences.size() == value.tags.size());
    if (value.payload.size() > options.max_payload())
        refuse("coffer: the payload exceeds envelope_options::max_payload");
    const std::size_t bound = detail::header_size + detail::text_size(key) +
                              detail::fields_bound(value, marks) + value.payload.size() +
                              detail::seal_head_size + detail::seal_tag_size +
                              detail::checksum_size;
    if (bound > detail::largest_envelope)
        refuse("coffer: key, tags and payload exceed 2 GiB");

    std::string bytes;
    bytes.reserve(bound);
    bytes.resize(detail::header_size);
    append_key(bytes, key);
    detail::append_fields(bytes, value, marks);

    envelope_header header = header_of(value, valid);
    header.key_size = static_cast<std::uint32_t>(detail::text_size(key));
    header.fields_size =
        static_cast<std::uint32_t>(bytes.size() - detail::header_size - detail::text_size(key));
    append_body(bytes, value.payload, options, header);
    detail::append_le(bytes, crc32c(bytes));
    return bytes;
}

} // namespace

std::string envelope::encode(const storage_key& key, const entry& value, clock::wall_time now,
                             const envelope_marks& marks) const
{
    return write(key, value, of_new(value, detail::since_1970(now)), marks, options_);
}

std::string envelope::encode(const storage_key& key, const stored_entry& value,
                             clock::wall_time now, const envelope_marks& marks) const
{
    return write(key, value, of_stored(value, detail::since_1970(now)), marks, options_);
}

} // namespace coffer
