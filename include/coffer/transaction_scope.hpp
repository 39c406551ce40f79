// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/detail/scope_callback.hpp>
#include <coffer/scope/scope_options.hpp>
#include <coffer/scope/scope_savepoint.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

namespace coffer {

/// What failed while the callbacks of a scope ran, in the order of the callbacks; empty if nothing.
using scope_errors = std::vector<std::exception_ptr>;

/// A transaction's list of things to do after it commits or rolls back, exact to the savepoint.
///
/// It knows nothing of databases. The layer that runs the transaction owns a scope and reports the
/// end: `co_await scope.committed()` once COMMIT has returned, or `co_await scope.rolled_back()`.
/// Everyone else only registers.
///
/// The first object of a scope owns it: moving hands the ownership on, a copy merely refers to the
/// scope. When the owner is destroyed before the end was reported, the scope has rolled back: its
/// callbacks are dropped, `abandoned()` counts it, and whoever still holds a copy finds it ended.
///
/// Callbacks run in the order of their registration, one after the other, each one also if others
/// failed, in a coroutine that belongs to the library.
///
/// Errors: registering on a scope that has ended throws `errc::scope_finished`.
///
/// Threads: every member may be called from any thread at once. A callback may use the scope.
///
///     coffer::transaction_scope scope;
///     scope.after_commit([] { log("stored"); });
///     co_await db.exec("commit");
///     auto failed = co_await scope.committed();
class transaction_scope {
public:
    transaction_scope();
    explicit transaction_scope(scope_options options);
    transaction_scope(const transaction_scope& other) noexcept;
    transaction_scope(transaction_scope&& other) noexcept;
    transaction_scope& operator=(transaction_scope other) noexcept;
    ~transaction_scope();

    /// Runs `action` once after the commit; drops it if the transaction, or the savepoint or
    /// nested scope it was registered in, rolls back.
    ///
    /// A callback that runs may register further ones: they run in the same pass, up to
    /// `scope_options::late_callbacks`.
    template <scope_action F>
    void after_commit(F action) const
    {
        add_commit(detail::make_scope_callback(std::move(action)));
    }

    /// As `after_commit`, at most once for each `identity`: at the place of its first registration,
    /// the last action among those of the greatest strength.
    ///
    /// Invalidations register this way, so that repeating one costs nothing and a hard one beats
    /// a soft one. Where one of them was undone by a savepoint, the others count.
    template <scope_action F>
    void after_commit_once(std::string identity, int strength, F action) const
    {
        add_once(std::move(identity), strength, detail::make_scope_callback(std::move(action)));
    }

    /// Runs `action` once if what it was registered in rolls back; drops it on commit.
    template <scope_action F>
    void after_rollback(F action) const
    {
        add_rollback(detail::make_scope_callback(std::move(action)));
    }

    /// Reports that COMMIT has returned, and waits for the callbacks. Owner's business only.
    ///
    /// On a nested scope it merges everything into the outer one and runs nothing. Savepoints and
    /// nested scopes that are still open end with it, as they do in a database.
    ///
    /// Returns: what failed. A failing callback undoes and hides nothing.
    ///
    /// Errors: `errc::scope_finished` if the end was reported before; `errc::abandoned` if the
    /// context that ran the callbacks stopped.
    ///
    /// Cancellation: of the wait only; the callbacks go on. Without an executor in the options a
    /// coroutine that was cancelled before it awaits never starts them: disable its cancellation
    /// first, or give an executor. That they were lost is then reported to `on_error`.
    asio::awaitable<scope_errors> committed() const;
    /// As `committed()`, telling callbacks the version of the data that this commit made.
    asio::awaitable<scope_errors> committed(std::uint64_t floor) const;

    /// Reports that the transaction was rolled back, and waits for the `after_rollback` callbacks.
    asio::awaitable<scope_errors> rolled_back() const;

    /// Begins a part that may be undone by itself.
    [[nodiscard]] scope_savepoint savepoint() const;

    /// A scope inside this one: `committed()` merges it into this one, `rolled_back()` makes it
    /// vanish. It keeps the place of each registration in the common order.
    [[nodiscard]] transaction_scope nested() const;

    /// Notes that the transaction wrote what `key` names: caches must not answer for it in here.
    void touch(std::string key) const;
    /// Notes that it wrote anything of what `group` names.
    void touch_all(std::string group) const;
    /// Notes that it wrote something and did not say what: from here on every key counts as
    /// touched. For database layers that see writes, so that a read after one need not be preceded
    /// by the registration of its invalidation.
    void touch_all() const;
    /// Whether `key`, or all of `group`, was touched by a part that was not rolled back.
    bool touches(std::string_view key, std::string_view group) const;

    /// Lets a database layer find its open transaction again: the scope holds `object` weakly.
    /// One object for each type; it serves nested scopes too.
    template <class T>
    void attach(std::weak_ptr<T> object) const
    {
        attach_erased(typeid(T), std::move(object));
    }
    /// The attached object of that type; null if there is none, or it is gone.
    template <class T>
    std::shared_ptr<T> attachment() const
    {
        return std::static_pointer_cast<T>(attached(typeid(T)));
    }

    /// The version that `committed(floor)` reported; for callbacks that run.
    std::optional<std::uint64_t> floor() const;
    /// Whether anything is registered by `after_commit_once`.
    bool has_intents() const;
    /// True until the end was reported.
    bool open() const;
    /// True until the last callback has run.
    bool active() const;

    /// Whether both refer to one scope.
    friend bool operator==(const transaction_scope& a, const transaction_scope& b) noexcept
    {
        return a.level_ == b.level_;
    }

    /// How many scopes of this process were destroyed before their end was reported.
    static std::uint64_t abandoned() noexcept;

private:
    using callback = std::unique_ptr<detail::scope_callback>;

    transaction_scope(std::shared_ptr<detail::scope_core> core,
                      std::shared_ptr<detail::scope_level> level) noexcept;

    void add_commit(callback action) const;
    void add_once(std::string identity, int strength, callback action) const;
    void add_rollback(callback action) const;
    void attach_erased(std::type_index type, std::weak_ptr<void> object) const;
    std::shared_ptr<void> attached(std::type_index type) const;

    std::shared_ptr<detail::scope_core> core_; // null when moved from
    std::shared_ptr<detail::scope_level> level_;
    bool owner_ = false;
};

} // namespace coffer
