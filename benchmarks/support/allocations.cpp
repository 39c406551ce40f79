// SPDX-License-Identifier: BSL-1.0
#include "allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::int64_t> bytes{0};

void* counted(void* p) noexcept
{
    count.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
    return p;
}

void release(void* p) noexcept
{
    if (p)
        bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(p)),
                        std::memory_order_relaxed);
    std::free(p);
}

} // namespace

namespace bench {

std::uint64_t allocations() noexcept
{
    return count.load(std::memory_order_relaxed);
}

std::uint64_t bytes_in_use() noexcept
{
    return static_cast<std::uint64_t>(bytes.load(std::memory_order_relaxed));
}

} // namespace bench

// Out of line: g++ would pair an inlined malloc with the library's delete, and warn.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    if (void* p = std::malloc(size))
        return counted(p);
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment)
{
    void* p = nullptr;
    if (posix_memalign(&p, std::max(static_cast<std::size_t>(alignment), sizeof(void*)), size) == 0)
        return counted(p);
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept
{
    release(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    release(p);
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept
{
    release(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept
{
    release(p);
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    void* p = nullptr;
    count.fetch_add(1, std::memory_order_relaxed);
    return posix_memalign(&p, std::max(alignment, sizeof(void*)), size) == 0 ? p : nullptr;
}
