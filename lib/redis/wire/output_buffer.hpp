// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

/// One batch of bytes to write: copies in one piece, and large parts from where they are.
///
/// Filled, sealed, then written piece by piece until it is empty and may be filled again.
class output_buffer {
public:
    explicit output_buffer(std::size_t gather_above) noexcept : gather_above_(gather_above) {}

    /// All of it has been written.
    bool empty() const noexcept { return first_ == views_.size(); }
    /// Bytes appended since it was last cleared.
    std::size_t size() const noexcept { return copies_.size() + gathered_; }

    void append(std::string_view bytes)
    {
        if (bytes.size() > gather_above_) [[unlikely]]
            gather(bytes);
        else
            copies_.append(bytes);
    }
    void seal();
    std::span<const std::string_view> views() const noexcept
    {
        return std::span(views_).subspan(first_);
    }
    void written(std::size_t count) noexcept;
    void clear();

    /// From now on nothing of it is elsewhere: what is not yet written is copied.
    void own();

private:
    struct part {
        std::size_t at; // in copies_, where it belongs
        std::string_view bytes;
    };

    void gather(std::string_view bytes);

    const std::size_t gather_above_;
    std::string copies_;
    std::vector<part> parts_;             // elsewhere
    std::vector<std::string_view> views_; // on the whole batch, once sealed
    std::deque<std::string> owned_;       // what `own` copied
    std::size_t first_ = 0;               // of views_, not wholly written
    std::size_t gathered_ = 0;            // bytes in parts_
};

} // namespace coffer::redis::detail
