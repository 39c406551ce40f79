// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/decorated.hpp"
#include "storage/invalidation_backlog.hpp"

#include <coffer/net/background.hpp>
#include <coffer/net/event.hpp>

#include <atomic>
#include <mutex>

namespace coffer {

/// What a retry queue does with each operation, and the coroutine that drains it.
class retry_queue::policy : public std::enable_shared_from_this<policy> {
public:
    policy(storage_ptr inner, retry_options options);

    capabilities able() const noexcept { return inner_->able(); }
    storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return "retry queue around " + inner_->describe(); }
    std::shared_ptr<coherence_board> board() const
    {
        watched_ = true;
        return inner_->board();
    }
    coherence_ticket ticket(const storage_key& key) const { return inner_->ticket(key); }

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<policy> self,
                                                         Request call);

    template <class Question>
    auto ask(const Question& question) const
    {
        std::lock_guard lock(mutex_);
        return question(backlog_);
    }
    std::uint64_t delivered() const;

    static asio::awaitable<std::size_t> flush(std::shared_ptr<policy> self);
    static asio::awaitable<std::size_t> close(std::shared_ptr<policy> self);

private:
    using op = storage_operation;
    template <op Operation, auto Member>
    using request = detail::request<Operation, Member>;
    using get = request<op::get, &storage::get>;
    using get_many = request<op::get_many, &storage::get_many>;
    using acquire = request<op::acquire, &storage::acquire>;
    using acquire_many = request<op::acquire_many, &storage::acquire_many>;
    using renew = request<op::renew, &storage::renew>;
    using touch = request<op::touch, &storage::touch>;
    using fill = request<op::fill, &storage::fill>;
    using fill_many = request<op::fill_many, &storage::fill_many>;
    using put = request<op::put, &storage::put>;
    using put_many = request<op::put_many, &storage::put_many>;
    using put_if_absent = request<op::put_if_absent, &storage::put_if_absent>;
    using increment = request<op::increment, &storage::increment>;
    using scan = request<op::scan, &storage::scan>;
    using invalidate = request<op::invalidate, &storage::invalidate>;
    using invalidate_many = request<op::invalidate_many, &storage::invalidate_many>;
    using bump = request<op::bump, &storage::bump>;
    using clear = request<op::clear, &storage::clear>;
    using close_call = request<op::close, &storage::close>;
    using self_ptr = std::shared_ptr<policy>;
    template <class T>
    using result = asio::awaitable<T>;

    // Reads and fills: what concerns a key that waits does not reach the storage.
    static result<std::optional<stored_entry>> handle(self_ptr self, get call);
    static result<std::vector<std::optional<stored_entry>>> handle(self_ptr self, get_many call);
    static result<acquired> handle(self_ptr self, acquire call);
    static result<std::vector<acquired>> handle(self_ptr self, acquire_many call);
    static result<bool> handle(self_ptr self, renew call);
    static result<bool> handle(self_ptr self, touch call);
    static result<fill_state> handle(self_ptr self, fill call);
    static result<std::vector<fill_state>> handle(self_ptr self, fill_many call);
    static result<fill_state> handle(self_ptr self, put call);
    static result<std::vector<fill_state>> handle(self_ptr self, put_many call);
    static result<bool> handle(self_ptr self, put_if_absent call);
    static result<std::int64_t> handle(self_ptr self, increment call);
    static result<storage::page> handle(self_ptr self, scan call);
    // Invalidations: what fails waits.
    static result<void> handle(self_ptr self, invalidate call);
    static result<void> handle(self_ptr self, invalidate_many call);
    static result<void> handle(self_ptr self, bump call);
    static result<void> handle(self_ptr self, clear call);
    static result<void> handle(self_ptr self, close_call call);
    template <class Request>
    static result<typename Request::result> handle(self_ptr self, Request call);

    bool trusts(const storage_key& key) const;
    bool trusts(const storage_key& key, const std::optional<stored_entry>& found) const;
    /// Why a fill or put must not be stored; `stored` if it may.
    fill_state judge_fill(const storage_key& key, const entry& value) const;
    fill_state judge_put(const storage_key& key, const entry& value) const;
    void require_trust(const storage_key& key, op what) const;
    static result<acquired> turn_down(self_ptr self, storage_key key, acquired answer);

    using targets = std::vector<pending_invalidation>;
    static result<void> carry_out(self_ptr self, targets what, asio::awaitable<void> operation);
    static asio::awaitable<void> deliver(self_ptr self, pending_invalidation what);
    static result<bool> try_once(self_ptr self, pending_invalidation what);
    static result<std::size_t> try_all(self_ptr self, std::size_t failures_allowed);
    void add(const targets& what);

    class drainer;
    void start_draining(const asio::any_io_executor& here) noexcept;
    bool stop_if_empty() noexcept;
    static result<void> drain(self_ptr self, std::shared_ptr<drainer>);

    const storage_ptr inner_;
    const retry_options options_;
    const background tasks_;
    const event closing_;
    mutable std::atomic<bool> watched_{false}; // somebody has the board
    mutable std::mutex mutex_;
    detail::invalidation_backlog backlog_; // this and all below guarded by mutex_
    bool draining_ = false;
    std::uint64_t delivered_ = 0;
};

} // namespace coffer
