// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <utility>

namespace coffer {

namespace asio = boost::asio;

/// How a `transaction_scope` runs what was registered on it.
class scope_options {
public:
    using error_handler = std::function<void(std::exception_ptr)>;

    /// Where callbacks run. Default: on the executor of the coroutine that awaits the end of the
    /// scope. With an executor they start when `committed()` is called, even if the coroutine that
    /// called it is cancelled before it can wait, and `after_rollback` callbacks of a scope that
    /// was destroyed unfinished run too.
    scope_options& executor(asio::any_io_executor where)
    {
        executor_ = std::move(where);
        return *this;
    }

    /// Called once for each callback that failed, in the coroutine that runs the callbacks. What
    /// it throws is dropped.
    scope_options& on_error(error_handler handler)
    {
        on_error_ = std::move(handler);
        return *this;
    }

    /// How many callbacks may be registered while callbacks already run (default 1000); one more
    /// is refused with `errc::too_many_callbacks`.
    scope_options& late_callbacks(std::size_t most)
    {
        late_callbacks_ = most;
        return *this;
    }

    const asio::any_io_executor& executor() const noexcept { return executor_; }
    const error_handler& on_error() const noexcept { return on_error_; }
    std::size_t late_callbacks() const noexcept { return late_callbacks_; }

private:
    asio::any_io_executor executor_; // empty: the awaiting coroutine's
    error_handler on_error_;
    std::size_t late_callbacks_ = 1000;
};

} // namespace coffer
