// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/call_terms.hpp>
#include <coffer/redis/decode.hpp>
#include <coffer/redis/detail/operation.hpp>
#include <coffer/redis/detail/parked_handler.hpp>
#include <coffer/redis/error.hpp>
#include <coffer/redis/key_observer.hpp>
#include <coffer/redis/value.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace coffer::redis {

class script;

namespace detail {

class client_core;
class link;
class node;

/// Where calls of one client, or of one session, go.
class call_route {
public:
    std::shared_ptr<client_core> core;
    std::shared_ptr<link> session; // null: any connection of the node
    std::shared_ptr<node> at;      // null: the only one, or the one that a router chooses
    std::shared_ptr<tracked_reads> tracked = nullptr; // null: nobody is to watch its keys
};

/// What a call has to do to begin.
enum class passage : std::uint8_t {
    direct,    ///< it is on the client's executor, and its server is known
    routed,    ///< a router says where it goes
    elsewhere, ///< it has to get to the client's executor first
};
passage passage_of(const call_route& route, const asio::any_io_executor& executor) noexcept;
const asio::any_io_executor& home_of(const client_core& core) noexcept;

/// An operation, and the coroutine that waits for it.
class call : public operation {
public:
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    /// Sends it; the handler is called when it has ended, never inside of this.
    template <class Handler>
    void begin(Handler&& handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([this](asio::cancellation_type how) {
                if (how != asio::cancellation_type::none)
                    cancel();
            });
        handler_.emplace(std::forward<Handler>(handler));
        start();
    }

protected:
    ~call() = default;
    call(completion done, const call_route& route, const request& sends, call_terms terms) noexcept
        : operation(done, &sends), route_(route), named_(sends), terms_(terms)
    {}

    bool failed() const noexcept { return failed_; }
    [[noreturn]] void raise() const;

    void fail(verdict how);
    void fail(const decode_status& why);
    /// With the exception that is being handled.
    void fail_with_current() noexcept;
    /// The last thing that a completion does: the frame may be gone afterwards.
    void finish();

    /// False if that was not possible, and then it has failed.
    bool send();
    void cancel();
    /// Gives back what was lent to it.
    void release();
    /// Resumes whoever waits, as the end of this call allows.
    void wake(parked_handler& who) const;

    /// What is known of a failure; null unless it has failed, and not by a cancellation or by what
    /// a decoder threw.
    const error* failure() const noexcept { return failure_.get(); }
    error_details details() const;
    /// Counts what was sent before, in other calls, for `details`.
    void sent_before(std::uint32_t times) noexcept { before_ = times; }

private:
    void start();
    node& target() const;
    void fail(boost::system::error_code code, error_details details);

    const call_route& route_;
    const request& named_; // what the user asked for
    const call_terms terms_;
    std::uint32_t before_ = 0;
    bool failed_ = false;
    bool lent_ = false;              // at_ goes back to its node when this ends
    bool leaving_ = false;           // inside of `cancel`
    std::shared_ptr<link> at_;       // null: not sent
    std::unique_ptr<error> failure_; // if it failed, unless:
    std::exception_ptr thrown_;      // the decoder threw
    parked_handler handler_;
};

/// A call whose replies are read by `Decoder`: it has `result`, `take(number, reply)`, which
/// returns a `decode_status`, and `finish() &&`, which may throw.
template <class Decoder>
class decoding_call final : public call {
public:
    decoding_call(const call_route& route, const request& sends, call_terms terms, Decoder& decoder)
        : call(&decoding_call::completed, route, sends, terms), decoder_(decoder)
    {}

    typename Decoder::result get()
    {
        if (failed()) [[unlikely]]
            raise();
        return std::move(decoder_).finish();
    }

private:
    static void completed(operation* of, verdict how, const reply_view& reply)
    {
        auto& self = *static_cast<decoding_call*>(of);
        if (how <= verdict::answered) [[likely]]
            self.take(reply);
        else
            self.fail(how);
        if (how != verdict::reply) [[likely]]
            self.finish();
    }

    void take(const reply_view& reply)
    {
        try {
            const auto status = decoder_.take(replies() - 1, reply);
            if (!status) [[unlikely]]
                fail(status);
        } catch (...) {
            fail_with_current();
        }
    }

    Decoder& decoder_;
};

/// One command, one reply.
template <class T>
class one_reply {
public:
    using result = T;

    decode_status take(std::size_t, const reply_view& reply)
    {
        // A `value` would take a refusal as well, and nobody would look for one in there.
        if constexpr (std::is_same_v<T, value>)
            if (reply.is_error())
                return decode_status::refused(reply.text());
        return decode_into(reply, value_);
    }
    T finish() && { return std::move(value_); }

private:
    T value_{};
};
/// One command, one reply, into an object of somebody else.
template <class T>
class reply_into {
public:
    using result = void;

    explicit reply_into(T& to) noexcept : to_(&to) {}

    decode_status take(std::size_t, const reply_view& reply) { return decode_into(reply, *to_); }
    void finish() && noexcept {}

private:
    T* to_;
};

template <>
class one_reply<void> {
public:
    using result = void;

    decode_status take(std::size_t, const reply_view& reply)
    {
        std::monostate nothing;
        return decode_into(reply, nothing);
    }
    void finish() && noexcept {}
};

/// Where replies go, one for each command, in any order.
class reply_sink {
public:
    void* to;
    decode_status (*take)(void* to, std::size_t command, const reply_view& reply);
};

/// Sends a request to the nodes that its router chooses, and on to where those say. What it is
/// given must live until it ends. `whole`: the script that the request names by its digest; or
/// null.
///
/// Errors: those of a call.
asio::awaitable<void> run_exchange(const call_route& route, const request& what, call_terms terms,
                                   reply_sink into, const script* whole);

template <class Decoder>
asio::awaitable<void> run_routed(const call_route& route, const request& what, call_terms terms,
                                 Decoder& decoder, const script* whole = nullptr)
{
    const reply_sink into{&decoder, [](void* to, std::size_t command, const reply_view& reply) {
                              return static_cast<Decoder*>(to)->take(command, reply);
                          }};
    return run_exchange(route, what, terms, into, whole);
}

template <class Decoder>
asio::awaitable<typename Decoder::result> run_call(call_route route, request what, call_terms terms,
                                                   Decoder decoder);

/// The same for a coroutine that runs elsewhere: sent from the client's own executor.
template <class Decoder>
asio::awaitable<typename Decoder::result> run_call_at_home(call_route route, request what,
                                                           call_terms terms, Decoder decoder)
{
    auto state = asio::enable_total_cancellation();
    co_await asio::this_coro::reset_cancellation_state(state);
    auto running = run_call(std::move(route), std::move(what), terms, std::move(decoder));
    co_return co_await std::move(running);
}

template <class Decoder>
asio::awaitable<typename Decoder::result> run_call(call_route route, request what, call_terms terms,
                                                   Decoder decoder)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto way = passage_of(route, executor);
    if (way == passage::elsewhere) [[unlikely]] {
        auto home = home_of(*route.core);
        auto there = run_call_at_home(std::move(route), std::move(what), terms, std::move(decoder));
        auto running = asio::co_spawn(home, std::move(there), asio::use_awaitable);
        co_return co_await std::move(running);
    }
    if (terms.is_idempotent())
        what.mark(idempotent);
    if (way == passage::routed) [[unlikely]] {
        auto routed = run_routed(route, what, terms, decoder);
        co_await std::move(routed);
        co_return std::move(decoder).finish();
    }
    decoding_call<Decoder> sent(route, what, terms, decoder);
    auto begin = [&sent](auto&& handler) { sent.begin(std::forward<decltype(handler)>(handler)); };
    auto waiting = asio::async_initiate<const asio::deferred_t&, void()>(begin, asio::deferred);
    co_await std::move(waiting);
    co_return sent.get();
}

} // namespace detail
} // namespace coffer::redis
