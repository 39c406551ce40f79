// expect: coffer: a pointer cannot be part of a key.*coffer::unkeyed<T>
// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/key_hash.hpp>

std::size_t hash_of(int* handle)
{
    return coffer::key_hash()(std::tuple(handle, 5));
}
