// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace coffer::redis::detail {

/// Bytes that are only appended to; as many as a short command has are kept inside of the object.
class wire_buffer {
public:
    wire_buffer() noexcept = default;
    wire_buffer(const wire_buffer& other) { append(other.view()); }
    wire_buffer(wire_buffer&& other) noexcept { take(other); }
    wire_buffer& operator=(const wire_buffer& other);
    wire_buffer& operator=(wire_buffer&& other) noexcept;
    ~wire_buffer() = default;

    std::string_view view() const noexcept { return {data(), size_}; }
    std::size_t size() const noexcept { return size_; }
    /// Keeps its room.
    void clear() noexcept { size_ = 0; }

    void append(std::string_view bytes)
    {
        char* to = room_for(bytes.size());
        if (!bytes.empty())
            std::memcpy(to, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    /// Where the next `count` bytes go; `commit` says how many were written.
    char* room_for(std::size_t count)
    {
        if (capacity_ - size_ < count) [[unlikely]]
            grow(count);
        return data() + size_;
    }
    void commit(std::size_t count) noexcept { size_ += count; }

private:
    static constexpr std::size_t inside = 160;

    const char* data() const noexcept { return heap_ ? heap_.get() : inside_; }
    char* data() noexcept { return heap_ ? heap_.get() : inside_; }
    void grow(std::size_t more);
    void take(wire_buffer& other) noexcept;

    std::unique_ptr<char[]> heap_;
    std::size_t size_ = 0;
    std::size_t capacity_ = inside;
    char inside_[inside];
};

} // namespace coffer::redis::detail
