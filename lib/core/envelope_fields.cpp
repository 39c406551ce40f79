// SPDX-License-Identifier: BSL-1.0
#include "envelope_format.hpp"

#include "little_endian.hpp"

namespace coffer::detail {
namespace {

// A field is its number with, in the highest bit, whether a reader that does not know it must
// refuse the entry; then the length of its content and the content. The numbers rise.
constexpr std::uint16_t critical = 0x8000;
constexpr std::size_t field_head = 2 + 4;

enum field : std::uint16_t {
    field_validator = 1,
    field_version = 2,
    field_tags = 3,
    field_tag_sequences = 4,
    field_space_sequence = 5,
    field_indices = 6,
    field_pool_version = 7,
};

// ---- writing

void append_head(std::string& to, unsigned number, std::size_t size)
{
    append_le(to, static_cast<std::uint16_t>(number));
    append_le(to, static_cast<std::uint32_t>(size));
}

void append_number(std::string& to, unsigned number, const std::optional<std::uint64_t>& value)
{
    if (!value)
        return;
    append_head(to, number, sizeof *value);
    append_le(to, *value);
}

std::size_t list_size(const std::vector<std::string>& names) noexcept
{
    std::size_t size = 4 * names.size();
    for (const std::string& name : names)
        size += name.size();
    return size;
}

void append_list(std::string& to, unsigned number, const std::vector<std::string>& names)
{
    if (names.empty())
        return;
    append_head(to, number, list_size(names));
    for (const std::string& name : names) {
        append_le(to, static_cast<std::uint32_t>(name.size()));
        to += name;
    }
}

// ---- reading

// Takes pieces off the front; what is not there is not taken.
class cutter {
public:
    explicit cutter(std::string_view bytes) noexcept : rest_(bytes) {}

    bool at_end() const noexcept { return rest_.empty(); }

    bool cut(std::size_t size, std::string_view& piece) noexcept
    {
        if (size > rest_.size())
            return false;
        piece = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    template <std::integral T>
    bool cut(T& value) noexcept
    {
        std::string_view piece;
        if (!cut(sizeof value, piece))
            return false;
        value = load_le<T>(piece.data());
        return true;
    }

    bool cut_framed(std::string_view& piece) noexcept
    {
        std::uint32_t size = 0;
        return cut(size) && cut(size, piece);
    }

private:
    std::string_view rest_;
};

bool read_number(std::string_view content, std::optional<std::uint64_t>& to) noexcept
{
    if (content.size() != sizeof *to)
        return false;
    to = load_le<std::uint64_t>(content.data());
    return true;
}

bool read_numbers(std::string_view content, std::vector<std::uint64_t>& to)
{
    cutter rest(content);
    std::uint64_t value = 0;
    while (!rest.at_end()) {
        if (!rest.cut(value))
            return false;
        to.push_back(value);
    }
    return true;
}

bool read_list(std::string_view content, std::vector<std::string>& to)
{
    cutter rest(content);
    std::string_view name;
    while (!rest.at_end()) {
        if (!rest.cut_framed(name))
            return false;
        to.emplace_back(name);
    }
    return true;
}

enum class outcome { read, malformed, unknown };

outcome read_field(unsigned number, std::string_view content, decoded_entry& to)
{
    const auto read_if = [](bool sound) { return sound ? outcome::read : outcome::malformed; };
    switch (number) {
    case field_validator:
        to.value.validator = content;
        return outcome::read;
    case field_version:
        return read_if(read_number(content, to.value.version));
    case field_tags:
        return read_if(read_list(content, to.value.tags));
    case field_tag_sequences:
        return read_if(read_numbers(content, to.marks.tag_sequences));
    case field_space_sequence:
        return read_if(read_number(content, to.marks.space_sequence));
    case field_indices:
        return read_if(read_list(content, to.marks.indices));
    case field_pool_version:
        return read_if(read_number(content, to.marks.pool_version));
    default:
        return outcome::unknown;
    }
}

} // namespace

std::size_t fields_bound(const entry& value, const envelope_marks& marks) noexcept
{
    return 7 * field_head + 3 * sizeof(std::uint64_t) + value.validator.size() +
           list_size(value.tags) + 8 * marks.tag_sequences.size() + list_size(marks.indices);
}

void append_fields(std::string& to, const entry& value, const envelope_marks& marks)
{
    if (!value.validator.empty()) {
        append_head(to, field_validator, value.validator.size());
        to += value.validator;
    }
    append_number(to, field_version | critical, value.version);
    append_list(to, field_tags | critical, value.tags);
    if (!marks.tag_sequences.empty()) {
        append_head(to, field_tag_sequences | critical, 8 * marks.tag_sequences.size());
        for (const std::uint64_t sequence : marks.tag_sequences)
            append_le(to, sequence);
    }
    append_number(to, field_space_sequence | critical, marks.space_sequence);
    append_list(to, field_indices, marks.indices);
    append_number(to, field_pool_version | critical, marks.pool_version);
}

std::optional<envelope_fault> read_fields(std::string_view fields, decoded_entry& to)
{
    cutter rest(fields);
    unsigned last = 0; // no field has the number 0
    while (!rest.at_end()) {
        std::uint16_t head = 0;
        std::string_view content;
        if (!rest.cut(head) || !rest.cut_framed(content))
            return envelope_fault::malformed;
        const unsigned number = head & ~critical & 0xffffu;
        if (number <= last)
            return envelope_fault::malformed;
        last = number;
        const outcome is = read_field(number, content, to);
        if (is == outcome::malformed)
            return envelope_fault::malformed;
        if (is == outcome::unknown && (head & critical) != 0)
            return envelope_fault::unknown_critical;
    }
    if (!to.marks.tag_sequences.empty() && to.marks.tag_sequences.size() != to.value.tags.size())
        return envelope_fault::malformed;
    return std::nullopt;
}

} // namespace coffer::detail
