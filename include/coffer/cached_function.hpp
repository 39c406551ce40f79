// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/function_view.hpp>

#include <memory>
#include <string>
#include <utility>

namespace coffer {

template <class Signature>
class cached_function;

/// A coroutine function with a cache before it; made by `coffer::cached`.
///
/// A handle: copies share the cache. Cheap to copy, not free: keep one where it is used.
///
/// Lifetime: loads that run keep what they need, so the last handle may go at any time; `close`
/// waits for them.
///
///     product p = co_await products(42);
template <class R, class... Args>
class cached_function<R(Args...)> : public function_calls<cached_function<R(Args...)>, R(Args...)> {
    using core_type = detail::function_core<R, Args...>;

public:
    using view = function_view<R(Args...)>;

    /// For `coffer::cached`.
    explicit cached_function(std::shared_ptr<core_type> core) noexcept : core_(std::move(core)) {}

    view with(call_terms terms) const noexcept { return view(core_).with(terms); }
    view in(const transaction_scope& scope) const noexcept { return view(core_).in(scope); }
    view tenant(const std::string& name) const { return view(core_).tenant(name); }
    view namespace_(const std::string& name) const { return view(core_).namespace_(name); }

    const std::string& name() const noexcept { return core_->name(); }
    /// Name, limits and storage in one line, without secrets.
    std::string describe() const { return core_->describe(); }
    /// What happened so far. Cost: some loads of counters and each near shard's lock.
    function_stats stats() const { return core_->stats(); }

    /// Copies of all values that are fresh in the near tier, in no order.
    std::vector<R> near_values() const { return core_->near_values(where()); }

    /// Refuses further calls with `errc::closed` and waits for loads that run, whose callers get
    /// their values. Idempotent. The storage stays open: it may serve others.
    ///
    /// Errors: `errc::load_timeout` if some still run a second after the load deadline: they sit in
    /// a context that stopped, or heed no cancellation. Nothing they yield is stored.
    asio::awaitable<void> close() const { return core_type::close(core_); }

    /// For tests, in a quiet cache: throws `std::logic_error` if its parts disagree, or work is
    /// left.
    void check_invariants() const { core_->check_invariants(); }

private:
    friend class function_calls<cached_function<R(Args...)>, R(Args...)>;

    const std::shared_ptr<core_type>& core() const noexcept { return core_; }
    const detail::place& where() const noexcept { return core_->places().home(); }
    static call_terms terms() noexcept { return {}; }
    static const transaction_scope* scope() noexcept { return nullptr; }

    std::shared_ptr<core_type> core_;
};

} // namespace coffer
