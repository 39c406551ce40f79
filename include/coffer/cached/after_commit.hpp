// SPDX-License-Identifier: BSL-1.0
// Bodies of function_calls: what it registers on a transaction's scope.
#pragma once

#include <coffer/cached/function_calls.hpp>

namespace coffer {

namespace detail {

// Of two registrations for one thing the stronger one runs.
inline constexpr int soft_strength = 1;
inline constexpr int hard_strength = 2;

constexpr int strength_of(invalidation mode) noexcept
{
    return mode == invalidation::hard ? hard_strength : soft_strength;
}

} // namespace detail

template <class Self, class R, class... Args>
void function_calls<Self, R(Args...)>::key_after_commit(const transaction_scope& scope,
                                                        invalidation mode, request at) const
{
    auto text = core()->key_of(where(), at.args).text();
    scope.touch(text);
    // The callback refers to the scope by its shared part, which outlives the callbacks.
    auto run = [core = core(), at = std::move(at), mode, held = scope] {
        return core_type::invalidate(core, at, mode, held.floor());
    };
    scope.after_commit_once(core()->identity() + text, detail::strength_of(mode), std::move(run));
}

template <class Self, class R, class... Args>
void function_calls<Self, R(Args...)>::put_after_commit(const transaction_scope& scope,
                                                        const Args&... args, R) const
{
    invalidate_after_commit(scope, args...);
}

template <class Self, class R, class... Args>
void function_calls<Self, R(Args...)>::put_after_commit(const transaction_scope& scope,
                                                        const Args&... args, R value,
                                                        value_version version) const
{
    if (!core()->keeps_versions())
        return invalidate_after_commit(scope, args...);
    request at = asked(args...);
    auto text = core()->key_of(where(), at.args).text();
    scope.touch(text);
    auto run = [core = core(), at = std::move(at), value = std::move(value), version] {
        load_context::said said;
        said.version = version.number();
        return core_type::put(core, at, value, std::move(said));
    };
    scope.after_commit_once(core()->identity() + text, detail::hard_strength, std::move(run));
}

template <class Self, class R, class... Args>
void function_calls<Self, R(Args...)>::tag_after_commit(const transaction_scope& scope,
                                                        invalidation mode, std::string tag) const
{
    scope.touch_all(where().path.space()); // which keys have the tag is not known
    auto identity = core()->identity() + where().path.space() + "#" + tag;
    auto run = [core = core(), where = &where(), tag = std::move(tag), mode] {
        return core_type::bump(core, *where, tag, mode);
    };
    scope.after_commit_once(std::move(identity), detail::strength_of(mode), std::move(run));
}

template <class Self, class R, class... Args>
void function_calls<Self, R(Args...)>::clear_after_commit(const transaction_scope& scope) const
{
    scope.touch_all(core_type::touch_group(where()));
    auto identity = core()->identity() + where().path.space() + "##";
    auto run = [core = core(), where = &where()] { return core_type::clear(core, *where); };
    scope.after_commit_once(std::move(identity), detail::hard_strength, std::move(run));
}

} // namespace coffer
