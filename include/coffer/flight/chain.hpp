// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <memory>
#include <type_traits>
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

/// Behaves as the executor it wraps, and carries a link.
class chain_executor {
public:
    chain_executor(asio::any_io_executor inner, std::shared_ptr<const load_link> link) noexcept
        : inner_(std::move(inner)), link_(std::move(link))
    {}

    const std::shared_ptr<const load_link>& link() const noexcept { return link_; }
    const asio::any_io_executor& inner() const noexcept { return inner_; }

    template <class Function>
    void execute(Function&& function) const
    {
        inner_.execute(std::forward<Function>(function));
    }

    template <
        class Property,
        std::enable_if_t<asio::can_query<const asio::any_io_executor&, Property>::value, int> = 0>
    decltype(auto) query(const Property& property) const
    {
        return asio::query(inner_, property);
    }

    template <
        class Property,
        std::enable_if_t<asio::can_require<const asio::any_io_executor&, Property>::value, int> = 0>
    chain_executor require(const Property& property) const
    {
        return {asio::require(inner_, property), link_};
    }

    template <
        class Property,
        std::enable_if_t<asio::can_prefer<const asio::any_io_executor&, Property>::value &&
                             !asio::can_require<const asio::any_io_executor&, Property>::value,
                         int> = 0>
    chain_executor prefer(const Property& property) const
    {
        return {asio::prefer(inner_, property), link_};
    }

    friend bool operator==(const chain_executor& a, const chain_executor& b) noexcept
    {
        return a.inner_ == b.inner_ && a.link_ == b.link_;
    }
    friend bool operator!=(const chain_executor& a, const chain_executor& b) noexcept
    {
        return !(a == b);
    }

private:
    asio::any_io_executor inner_;
    std::shared_ptr<const load_link> link_;
};

/// The executor behind strands and chains: that of the context, as far as we know its kind.
asio::any_io_executor underlying(const asio::any_io_executor& executor);

/// A strand of `executor` that carries `link`.
asio::any_io_executor linked_strand(const asio::any_io_executor& executor,
                                    std::shared_ptr<const load_link> link);

/// True if the executor's context is known to have been stopped: what is posted there does not run.
bool is_stopped(const asio::any_io_executor& executor) noexcept;

asio::execution_context& context_of(const asio::any_io_executor& executor) noexcept;

} // namespace detail

/// The load on whose executor a coroutine runs, or null outside of any load.
std::shared_ptr<const load_link> current_load(const asio::any_io_executor& executor) noexcept;

} // namespace coffer
