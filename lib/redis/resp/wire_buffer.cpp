// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/detail/wire_buffer.hpp>

#include <algorithm>

namespace coffer::redis::detail {

wire_buffer& wire_buffer::operator=(const wire_buffer& other)
{
    if (this != &other) {
        clear();
        append(other.view());
    }
    return *this;
}

wire_buffer& wire_buffer::operator=(wire_buffer&& other) noexcept
{
    if (this != &other)
        take(other);
    return *this;
}

void wire_buffer::take(wire_buffer& other) noexcept
{
    heap_ = std::move(other.heap_);
    capacity_ = std::exchange(other.capacity_, inside);
    size_ = std::exchange(other.size_, 0);
    if (!heap_)
        std::memcpy(inside_, other.inside_, size_);
}

void wire_buffer::grow(std::size_t more)
{
    const std::size_t capacity = std::max(size_ + more, 2 * capacity_);
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(bytes.get(), data(), size_);
    heap_ = std::move(bytes);
    capacity_ = capacity;
}

} // namespace coffer::redis::detail
