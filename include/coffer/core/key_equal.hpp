// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/equal_items.hpp>

namespace coffer {

/// Tells whether two arguments, or two tuples of them, are the same key.
///
/// It says for two values of one type exactly what comparing their `encode_key` would say, without
/// encoding them: one NaN equals another, `-0.0` equals `0.0`, sets and maps do not depend on their
/// order, `unkeyed` arguments are always equal. Across types it compares what the types stand for:
/// a `std::string_view` with a `std::string`, an `int` with a `long`, a span with a vector.
///
/// Cost: types with a `key_encoder` in its `encode` form, and sets and maps that are unordered or
/// have a comparator of their own, are encoded; all others are compared in place.
struct key_equal {
    using is_transparent = void;

    template <class A, class B>
    bool operator()(const A& a, const B& b) const
    {
        return detail::equal_items(a, b);
    }
};

} // namespace coffer
