// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace coffer::redis::detail {

/// What has been read and not yet consumed, in one piece.
///
/// Moved only when the room behind it is used up; at least doubled when it does not fit, and given
/// back when it has been far larger than needed for a while.
class input_buffer {
public:
    /// `usual` is the size that it comes back to.
    explicit input_buffer(std::size_t usual) noexcept : usual_(usual) {}

    std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t count) noexcept { begin_ += count; }
    void clear() noexcept { begin_ = end_ = 0; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// At least `free` bytes to read into. `whole` is how long the reply at hand is known to be: a
    /// moderate one gets its room at once, for a huge one memory follows what arrives.
    std::span<char> prepare(std::size_t free, std::size_t whole);
    void commit(std::size_t count) noexcept { end_ += count; }

private:
    void shrink();
    void move_to(std::size_t capacity);

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    const std::size_t usual_;
    unsigned calm_ = 0; // reads in a row for which the usual size would have done
};

} // namespace coffer::redis::detail
