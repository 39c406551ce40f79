// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace coffer::redis::detail {

namespace asio = boost::asio;

/// Room for the handler of a coroutine that waits, inside of its own frame: parking allocates
/// nothing.
///
/// The handler owns the frame that it lies in. Each way of taking it out moves it first, so that
/// the frame may go while it runs.
class parked_handler {
public:
    parked_handler() = default;
    parked_handler(const parked_handler&) = delete;
    parked_handler& operator=(const parked_handler&) = delete;
    ~parked_handler()
    {
        if (act_)
            act_(*this, action::drop);
    }

    template <class Handler>
    void emplace(Handler&& handler)
    {
        using stored = std::decay_t<Handler>;
        static_assert(sizeof(stored) <= sizeof room_ && alignof(stored) <= alignof(parked_handler));
        new (room_) stored(std::forward<Handler>(handler));
        act_ = &act<stored>;
    }

    /// Calls it here and now.
    void resume() { std::exchange(act_, nullptr)(*this, action::call); }
    /// Posts it to its executor.
    void post() { std::exchange(act_, nullptr)(*this, action::post); }
    /// Destroys it.
    void drop() { std::exchange(act_, nullptr)(*this, action::drop); }

private:
    enum class action : unsigned char { call, post, drop };

    template <class Handler>
    static void act(parked_handler& from, action what)
    {
        auto* const stored = std::launder(reinterpret_cast<Handler*>(from.room_));
        Handler handler(std::move(*stored));
        stored->~Handler();
        if (what == action::call)
            call<Handler>(handler);
        else if (what == action::post)
            post_it(std::move(handler));
    }

    /// The slot would refer to what the frame held.
    template <class Handler>
    static void call(Handler& handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.clear();
        std::move(handler)();
    }

    template <class Handler>
    static void post_it(Handler handler)
    {
        // The slot is cleared later: its handler may be what we are called from.
        auto executor = asio::get_associated_executor(handler);
        auto go = [handler = std::move(handler)]() mutable { call<Handler>(handler); };
        asio::post(executor,
                   asio::bind_allocator(asio::recycling_allocator<void>(), std::move(go)));
    }

    void (*act_)(parked_handler&, action) = nullptr; // null: there is none
    alignas(std::max_align_t) std::byte room_[6 * sizeof(void*)];
};

} // namespace coffer::redis::detail
