// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/protocol_fault.hpp>
#include <coffer/redis/reply_limits.hpp>
#include <coffer/redis/reply_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

/// Finds where a reply ends, and checks it on the way: what comes after works on complete, sound
/// bytes only.
///
/// Goes on where it stopped when more bytes have come, and looks at none twice.
class reply_scanner {
public:
    enum class state : std::uint8_t { incomplete, complete, broken };

    /// Throws `std::invalid_argument` for a depth of zero or above 128.
    explicit reply_scanner(const reply_limits& limits = {});

    /// `bytes` begin with the reply, and with each call for the same reply there are more.
    state scan(std::string_view bytes);
    /// Begins the next reply.
    void reset() noexcept;

    /// How long the reply is, and what it is. Precondition: `complete`. The view is on the bytes
    /// of the last scan.
    std::size_t size() const noexcept { return size_; }
    const reply_view& view() const noexcept { return view_; }
    /// Precondition: `broken`.
    protocol_fault fault() const noexcept { return fault_; }
    /// How long the reply is at least, as far as it is known.
    std::size_t wanted() const noexcept { return body_end_; }

private:
    enum class step : std::uint8_t { item, opened, incomplete, broken };

    struct level {
        std::uint64_t left; // items to come
        bool attribute;     // which is followed by the item that it belongs to
    };

    state begin(std::string_view bytes);
    state scan_on(std::string_view bytes);
    step read_token(std::string_view bytes);
    step read_body(std::string_view bytes);
    step read_line(char type, std::string_view line);
    step read_length(char type, std::string_view line);
    step open_text(char type, std::uint64_t length);
    step open_items(char type, std::uint64_t count);
    bool close_item() noexcept;
    state finish(std::string_view bytes) noexcept;
    step broken(protocol_fault why) noexcept;

    const reply_limits limits_;
    std::vector<level> levels_; // empty until the reply turns out not to be of one token
    std::size_t at_ = 0;        // all before it is done with
    std::size_t looked_ = 0;    // no line end before it
    std::size_t body_end_ = 0;  // of the text that is being read, with its line end; 0: none
    std::size_t size_ = 0;
    reply_view view_;
    protocol_fault fault_{};
    bool verbatim_ = false; // the text that is being read
};

} // namespace coffer::redis::detail
