// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

namespace coffer {

namespace detail {
class scope_core;
struct scope_level;
} // namespace detail

/// A part of a `transaction_scope` that may be undone by itself, as a database's savepoint is.
///
/// It ends by `release()`, which leaves everything to what is around it, or by `rollback()`, which
/// forgets what was registered and touched since it began. Destroyed unended, it rolls back.
///
/// Callbacks given to `after_rollback` inside a part that was rolled back run when the outermost
/// scope ends, however that ends: their part did not happen.
///
/// Errors: `errc::scope_finished` if it, or a scope around it, has ended already;
/// `std::logic_error` while a savepoint or nested scope inside it is still open.
class scope_savepoint {
public:
    scope_savepoint(scope_savepoint&&) noexcept = default;
    scope_savepoint& operator=(scope_savepoint&& other) noexcept;
    ~scope_savepoint();

    void release();
    void rollback();

private:
    friend class transaction_scope;
    scope_savepoint(std::shared_ptr<detail::scope_core> core,
                    std::shared_ptr<detail::scope_level> level) noexcept;

    std::shared_ptr<detail::scope_core> core_; // null when moved from
    std::shared_ptr<detail::scope_level> level_;
};

} // namespace coffer
