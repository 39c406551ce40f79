// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/detail/encoded.hpp>

#include <array>

namespace coffer::detail {
namespace {

constexpr std::size_t kept_capacity = 4096; // a longer buffer is not worth keeping

// Equality needs two at once, and an encoder that compares while it writes a few more.
struct spare_buffers {
    std::array<std::string, 4> buffers;
    std::size_t count = 0; // the first `count` are free to take
};

spare_buffers& spares() noexcept
{
    thread_local spare_buffers mine;
    return mine;
}

} // namespace

std::string encoded::borrow() noexcept
{
    spare_buffers& mine = spares();
    if (mine.count == 0)
        return {};
    std::string buffer = std::move(mine.buffers[--mine.count]);
    buffer.clear();
    return buffer;
}

void encoded::give_back(std::string&& buffer) noexcept
{
    spare_buffers& mine = spares();
    if (mine.count < mine.buffers.size() && buffer.capacity() <= kept_capacity)
        mine.buffers[mine.count++] = std::move(buffer);
}

} // namespace coffer::detail
