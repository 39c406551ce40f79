// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/hash_item.hpp>

#include <cstddef>

namespace coffer {

/// Hashes arguments, one or a tuple of them, without encoding them.
///
/// What `key_equal` calls equal has one hash, also across types: a `std::string_view` finds what
/// was kept as a `std::string`, a tuple of references what was kept as a tuple of values.
///
/// The hash is good in all of its bits, and differs from run to run.
///
/// Cost: two multiplications for an integer; for text one more for each 16 bytes. Types with
/// a `key_encoder` in its `encode` form are encoded first.
struct key_hash {
    using is_transparent = void;
    using is_avalanching = void; ///< tables need not mix it once more

    template <class T>
    std::size_t operator()(const T& value) const
    {
        return detail::finished(detail::hash_item(detail::hash_seed, value));
    }
};

} // namespace coffer
