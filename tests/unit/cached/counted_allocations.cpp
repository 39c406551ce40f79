// SPDX-License-Identifier: BSL-1.0
#include "counted_allocations.hpp"

#include <cstdlib>
#include <new>

std::size_t counted::allocations = 0;

// Asio takes its frames and handlers from aligned_alloc, everybody else from operator new.
// NOLINTBEGIN(readability-identifier-naming): these names are the linker's, of --wrap
extern "C" {
void* __real_aligned_alloc(std::size_t align, std::size_t size);
void* __wrap_aligned_alloc(std::size_t align, std::size_t size)
{
    ++counted::allocations;
    return __real_aligned_alloc(align, size);
}
int __real_posix_memalign(void** to, std::size_t align, std::size_t size);
int __wrap_posix_memalign(void** to, std::size_t align, std::size_t size)
{
    ++counted::allocations;
    return __real_posix_memalign(to, align, size);
}
}
// NOLINTEND(readability-identifier-naming)

void* operator new(std::size_t size)
{
    ++counted::allocations;
    if (void* made = std::malloc(size))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* gone) noexcept
{
    std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept
{
    std::free(gone);
}
