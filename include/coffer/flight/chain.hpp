// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace coffer {

namespace asio = boost::asio;

class transaction_scope;

/// One running load in a chain of loads that started one another.
///
/// It is how a cached function knows, on the inside, for whom it is called: the executor on which a
/// load runs carries its link, so nested calls and timers see it. A hop to another executor loses
/// it.
class load_link {
public:
    /// `function` names the kind of link to the one that made it, which may have derived a class
    /// of its own that says what is loaded.
    load_link(std::shared_ptr<const load_link> parent,
              std::shared_ptr<const transaction_scope> scope, const void* function)
        : parent_(std::move(parent)), scope_(std::move(scope)), function_(function)
    {
        if (!scope_ && parent_)
            scope_ = parent_->scope_;
    }
    virtual ~load_link() = default;
    load_link(const load_link&) = delete;
    load_link& operator=(const load_link&) = delete;

    const load_link* parent() const noexcept { return parent_.get(); }
    /// The transaction scope on whose behalf the load runs, its own or an ancestor's; else null.
    const std::shared_ptr<const transaction_scope>& scope() const noexcept { return scope_; }
    const void* function() const noexcept { return function_; }

    /// The load is over; what it left running goes on by itself, and is no part of it.
    void end() const noexcept { over_.store(true, std::memory_order_release); }
    bool over() const noexcept { return over_.load(std::memory_order_acquire); }

private:
    std::shared_ptr<const load_link> parent_;
    std::shared_ptr<const transaction_scope> scope_;
    const void* function_;
    mutable std::atomic<bool> over_{false}; // once and for ever
};

namespace detail {

/// The transaction of the load whose step this thread runs; null outside of such loads. For
/// look-ups that do not suspend, and so learn of no executor.
inline thread_local constinit const transaction_scope* running_scope = nullptr;

/// Says for whom this thread works, while it lives.
class scope_mark {
public:
    explicit scope_mark(const load_link* link) noexcept
        : outer_(std::exchange(running_scope, link ? link->scope().get() : nullptr))
    {}
    scope_mark(const scope_mark&) = delete;
    scope_mark& operator=(const scope_mark&) = delete;
    ~scope_mark() { running_scope = outer_; }

private:
    const transaction_scope* const outer_;
};

/// The executor behind strands and loads: that of the context, as far as we know its kind.
asio::any_io_executor underlying(const asio::any_io_executor& executor);

/// True if the executor's context is known to have been stopped: what is posted there does not run.
bool is_stopped(const asio::any_io_executor& executor) noexcept;

asio::execution_context& context_of(const asio::any_io_executor& executor) noexcept;

} // namespace detail

/// The load on whose executor a coroutine runs, or null outside of any load.
std::shared_ptr<const load_link> current_load(const asio::any_io_executor& executor) noexcept;

} // namespace coffer
