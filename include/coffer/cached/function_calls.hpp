// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/call_terms.hpp>
#include <coffer/cached/function_core.hpp>
#include <coffer/cached/lookup_result.hpp>
#include <coffer/cached/value_version.hpp>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace coffer {

/// What one can do with a cached function, offered by `cached_function` and by each of its views.
///
/// `Self` says for whom: it has `core()`, `where()`, `terms()` and `scope()`.
///
/// Threads: all members may be called from any thread. What they return resumes on its caller's
/// executor.
///
/// Lifetime: what a call returns owns what it needs; the function may be gone before it is awaited.
template <class Self, class Signature>
class function_calls;

template <class Self, class R, class... Args>
class function_calls<Self, R(Args...)> {
    using core_type = detail::function_core<R, Args...>;
    using core_ptr = std::shared_ptr<core_type>;
    using request = typename core_type::request;

    // The recipe for a call that missed.
    class miss {
    public:
        miss(std::shared_ptr<core_type> core, request asked)
            : core_(std::move(core)), asked_(std::move(asked))
        {}
        template <class Executor>
        asio::awaitable<R, Executor> load() &&
        {
            return core_type::template obtain<R, Executor>(std::move(core_), std::move(asked_));
        }

    private:
        std::shared_ptr<core_type> core_;
        request asked_;
    };

public:
    using result = lookup_result<R, miss>;
    /// What `get_many` and a batch loader call a key: the argument, or a tuple of them.
    using key = typename core_type::batch_key;

    // -- asking ----------------------------------------------------------------------------------
    /// The value: of the near tier, the storage, a running load or a new one.
    ///
    /// Looks up at once; the result is awaited, as an rvalue, or started with any completion token.
    ///
    /// Errors: what the loader throws, unchanged, to everybody who shares the load. Of coffer's
    /// own: `load_timeout`, `timeout` (with `within`), `recursive_load`, `abandoned`, `overloaded`,
    /// `closed`; with `fail_open(false)` those of the storage.
    ///
    /// Cancellation: terminal, partial, total. Only this caller leaves; the load goes on, unless
    /// `cancel_abandoned` says otherwise and this was the last one.
    ///
    /// Threads: any. Resumes on the caller's executor.
    ///
    /// Lifetime: the arguments are copied if the call misses, before this returns.
    ///
    /// Cost: a near hit takes one hash, one shard lock, and a copy of the value.
    result operator()(const Args&... args) const
    {
        if (near_may_answer(args...)) {
            std::optional<R> value;
            const auto take = [&](const detail::near_value<R>& entry) {
                value.emplace(entry.value);
            };
            if (core()->hit(ref_of(args...), self().terms(), take))
                return result(*std::move(value));
        }
        return result(miss(core(), asked(args...)));
    }

    /// The value with where it came from and how old it is. As a call in all else.
    asio::awaitable<answer<R>> get(const Args&... args) const
    {
        return core_type::template obtain<answer<R>, asio::any_io_executor>(core(), asked(args...));
    }

    /// The value of the near tier, if it is fresh there. Counts as nothing.
    std::optional<R> peek(const Args&... args) const
    {
        if (!near_may_answer(args...))
            return std::nullopt;
        return core()->peek(ref_of(args...), self().terms());
    }

    /// The value if the near tier or the storage has it, stale ones included unless `fresh(age)`
    /// says how old it may be; never loads.
    ///
    /// Errors: `timeout` (with `within`); with `fail_open(false)` those of the storage.
    asio::awaitable<std::optional<R>> find(const Args&... args) const
    {
        return core_type::find(core(), asked(args...));
    }

    /// The values of many keys, in their order, each a value or the exception instead of it.
    ///
    /// Equal keys are asked once. What is neither cached nor being loaded is loaded by one call of
    /// the batch loader, or by single loads, some at a time.
    ///
    /// Errors: of the whole call only `closed`, `overloaded`, `recursive_load` and cancellation.
    asio::awaitable<std::vector<outcome<R>>> get_many(const std::vector<key>& keys) const
    {
        std::vector<std::tuple<Args...>> all;
        all.reserve(keys.size());
        for (const auto& one : keys)
            all.emplace_back(one);
        return core_type::obtain_many(core(), where(), std::move(all), self().terms(), scope());
    }

    // -- changing --------------------------------------------------------------------------------
    /// Stores a value, in place of what is there. Loads that run for the key store nothing.
    ///
    /// Errors: those of the storage.
    asio::awaitable<void> put(const Args&... args, R value) const
    {
        return core_type::put(core(), asked(args...), std::move(value), load_context::said());
    }

    /// Loads the value now and replaces what is there. What is there stays if the load fails.
    asio::awaitable<R> refresh(const Args&... args) const
    {
        request now = asked(args...);
        now.refresh = true;
        return miss(core(), std::move(now)).template load<asio::any_io_executor>();
    }

    /// Hard: once this has returned, no call that begins gets the older value.
    ///
    /// Errors: those of the storage. Then this process no longer serves the value from its near
    /// tier, but the storage may still hold it.
    ///
    /// Cancellation: may be before or after the storage did it; the near tier forgets in any case.
    asio::awaitable<void> invalidate(const Args&... args) const
    {
        return core_type::invalidate(core(), asked(args...), invalidation::hard, std::nullopt);
    }
    /// Soft: the older value may still serve as a stale one, within its grace.
    asio::awaitable<void> expire(const Args&... args) const
    {
        return core_type::invalidate(core(), asked(args...), invalidation::soft, std::nullopt);
    }
    /// Hard, for every value of this tenant and namespace that has the tag, loads in flight
    /// included. With a storage it reaches the values of all functions that share the namespace
    /// there.
    asio::awaitable<void> invalidate_tag(std::string tag) const
    {
        return core_type::bump(core(), where(), std::move(tag), invalidation::hard);
    }
    asio::awaitable<void> expire_tag(std::string tag) const
    {
        return core_type::bump(core(), where(), std::move(tag), invalidation::soft);
    }
    /// Hard, for every value of this function in this tenant and namespace.
    asio::awaitable<void> clear() const { return core_type::clear(core(), where()); }

    // -- changing after a commit -----------------------------------------------------------------
    // Each registers on the scope and returns; from then on `in(scope)` bypasses what it names. A
    // rollback, of the transaction or of the savepoint, drops it. Errors: `errc::scope_finished`.

    void invalidate_after_commit(const transaction_scope& scope, const Args&... args) const
    {
        key_after_commit(scope, invalidation::hard, asked(args...));
    }
    void expire_after_commit(const transaction_scope& scope, const Args&... args) const
    {
        key_after_commit(scope, invalidation::soft, asked(args...));
    }
    /// Invalidates after the commit: two commits may run their callbacks in the other order, so
    /// that only a version could tell which value is the newer one.
    void put_after_commit(const transaction_scope& scope, const Args&... args, R value) const;
    /// Stores after the commit what is not older than the newest version that the storage knows.
    void put_after_commit(const transaction_scope& scope, const Args&... args, R value,
                          value_version version) const;
    void invalidate_tag_after_commit(const transaction_scope& scope, std::string tag) const
    {
        tag_after_commit(scope, invalidation::hard, std::move(tag));
    }
    void expire_tag_after_commit(const transaction_scope& scope, std::string tag) const
    {
        tag_after_commit(scope, invalidation::soft, std::move(tag));
    }
    void clear_after_commit(const transaction_scope& scope) const;

protected:
    function_calls() = default;

private:
    const Self& self() const noexcept { return static_cast<const Self&>(*this); }
    const core_ptr& core() const noexcept { return self().core(); }
    const detail::place& where() const noexcept { return self().where(); }

    detail::call_ref<Args...> ref_of(const Args&... args) const noexcept
    {
        return {&where(), std::tuple<const Args&...>(args...)};
    }
    std::shared_ptr<const transaction_scope> scope() const
    {
        const transaction_scope* one = self().scope();
        return one ? std::make_shared<const transaction_scope>(*one) : nullptr;
    }
    request asked(const Args&... args) const
    {
        request one(where(), std::tuple<Args...>(args...), self().terms());
        one.scope = scope();
        return one;
    }
    bool near_may_answer(const Args&... args) const
    {
        const transaction_scope* in = self().scope() ? self().scope() : detail::running_scope;
        return !in || !core()->touched_in(*in, asked(args...));
    }

    void key_after_commit(const transaction_scope& scope, invalidation mode, request at) const;
    void tag_after_commit(const transaction_scope& scope, invalidation mode, std::string tag) const;
};

} // namespace coffer

#include <coffer/cached/after_commit.hpp>
