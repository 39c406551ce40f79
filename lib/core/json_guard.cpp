// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/detail/json_guard.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace coffer::detail {
namespace {

// RFC 8949, section 3.
enum major : unsigned { positive, negative, bytes, text, array, map, tag, simple };

class cbor_walk {
public:
    explicit cbor_walk(std::string_view all) noexcept : rest_(all) {}

    bool is_sound() noexcept
    {
        do {
            if (!step())
                return false;
            while (depth_ > 0 && open_[depth_ - 1].items == 0)
                --depth_;
        } while (depth_ > 0);
        return rest_.empty();
    }

private:
    struct container {
        std::uint64_t items = 0; // still to come
        bool is_map = false;     // then an even number of them means that a key is next
    };

    bool step() noexcept
    {
        bool key_is_next = false;
        if (depth_ > 0) {
            container& inside = open_[depth_ - 1];
            key_is_next = inside.is_map && inside.items % 2 == 0;
            --inside.items;
        }
        return read_head() && (!key_is_next || major_ == text) && read_body();
    }

    // The first byte, and the number that belongs to it.
    bool read_head() noexcept
    {
        if (rest_.empty())
            return false;
        const auto first = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        major_ = first >> 5;
        short_ = first & 31;
        number_ = short_;
        return short_ < 24 || (short_ < 28 && read_number(std::size_t{1} << (short_ - 24)));
    }

    bool read_number(std::size_t width) noexcept
    {
        if (rest_.size() < width)
            return false;
        number_ = 0;
        for (const char c : rest_.substr(0, width))
            number_ = number_ << 8 | static_cast<unsigned char>(c);
        rest_.remove_prefix(width);
        return true;
    }

    bool read_body() noexcept
    {
        switch (major_) {
        case positive:
            return true;
        case negative: // beyond that it is no 64-bit number
            return number_ <= std::uint64_t{INT64_MAX};
        case bytes:
        case text:
            return skip();
        case array:
            return open(number_, false);
        case map: // each entry has two bytes at least, so that this cannot overflow
            return number_ <= rest_.size() / 2 && open(number_ * 2, true);
        case tag:
            return short_ >= 24 && read_head() && major_ == bytes && skip();
        default: // false, true, null, and numbers of 16, 32 and 64 bits
            return (short_ >= 20 && short_ <= 22) || (short_ >= 25 && short_ <= 27);
        }
    }

    bool skip() noexcept
    {
        if (number_ > rest_.size())
            return false;
        rest_.remove_prefix(static_cast<std::size_t>(number_));
        return true;
    }

    bool open(std::uint64_t items, bool is_map) noexcept
    {
        if (items > rest_.size() || depth_ == open_.size())
            return false;
        open_[depth_++] = {items, is_map};
        return true;
    }

    std::string_view rest_;
    unsigned major_ = 0;
    unsigned short_ = 0;
    std::uint64_t number_ = 0;
    std::array<container, json_max_depth> open_{};
    std::size_t depth_ = 0;
};

} // namespace

bool is_sound_cbor(std::string_view bytes) noexcept
{
    return cbor_walk(bytes).is_sound();
}

bool is_shallow_json(std::string_view text) noexcept
{
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string && c == '\\')
            ++at; // whatever is escaped does not end the string
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{') && ++depth > json_max_depth)
            return false;
        else if (!in_string && (c == ']' || c == '}') && depth > 0)
            --depth;
    }
    return true;
}

void refuse_deep_json()
{
    throw std::invalid_argument("coffer: JSON is nested deeper than 128 levels; specialise "
                                "coffer::codec or coffer::key_encoder for this type");
}

} // namespace coffer::detail
