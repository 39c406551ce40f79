// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/place.hpp>
#include <coffer/core/key_equal.hpp>
#include <coffer/core/key_hash.hpp>
#include <coffer/core/key_tuple.hpp>

#include <cstddef>
#include <tuple>

namespace coffer::detail {

/// The arguments of a call where they are: what a look-up needs.
template <class... Args>
struct call_ref {
    const place* where;
    std::tuple<const Args&...> args;
};

/// The arguments of a call as the near tier keeps them.
template <class... Args>
struct near_key {
    const place* where;
    key_tuple<Args...> args;

    static near_key of(const call_ref<Args...>& call)
    {
        return {call.where,
                std::apply([](const Args&... a) { return make_key_tuple(a...); }, call.args)};
    }
};

struct call_hash {
    using is_transparent = void;
    using is_avalanching = void;
    template <class Call>
    std::size_t operator()(const Call& call) const
    {
        return key_hash()(call.args) ^ call.where->salt;
    }
};

struct call_equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const
    {
        return a.where == b.where && key_equal()(a.args, b.args);
    }
};

} // namespace coffer::detail
