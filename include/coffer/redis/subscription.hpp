// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace coffer::redis {

namespace asio = boost::asio;
namespace detail {
class client_core;
class mailbox;
} // namespace detail

/// What comes through a subscription.
class message {
public:
    enum class kind : std::uint8_t {
        text,
        /// Messages may have been missed before what comes next: the reader was too slow, or the
        /// connection was lost and is there again.
        lagged,
    };

    kind what = kind::text;
    std::string channel;
    std::string pattern; ///< the one that matched; empty unless subscribed by pattern
    std::string text;

    bool lagged() const noexcept { return what == kind::lagged; }
};

/// What to subscribe to. A builder.
class channels {
public:
    enum class kind : std::uint8_t { plain, pattern, sharded };

    channels() = default;
    channels(const char* name) { add(name); }
    channels(std::string name) { add(std::move(name)); }

    channels& add(std::string name) { return put(kind::plain, std::move(name)); }
    /// All channels that a glob pattern matches.
    channels& pattern(std::string glob) { return put(kind::pattern, std::move(glob)); }
    /// A channel that is published to with SPUBLISH.
    channels& sharded(std::string name) { return put(kind::sharded, std::move(name)); }
    /// How many messages may wait for their reader; the oldest go beyond that. 1,024 unless said.
    channels& capacity(std::size_t most) { return capacity_ = most ? most : 1, *this; }

    /// Each message is given to a function as soon as it is read, instead of waiting for `next()`,
    /// which is refused then. It runs on the client's executor and must neither throw nor take
    /// time, for everything else waits.
    channels& hear(std::function<void(const message&)> by)
    {
        heard_by_ = std::move(by);
        return *this;
    }

    const std::function<void(const message&)>& heard_by() const noexcept { return heard_by_; }
    const std::vector<std::pair<kind, std::string>>& names() const noexcept { return names_; }
    std::size_t capacity() const noexcept { return capacity_; }

private:
    channels& put(kind what, std::string name)
    {
        names_.emplace_back(what, std::move(name));
        return *this;
    }

    std::vector<std::pair<kind, std::string>> names_;
    std::function<void(const message&)> heard_by_;
    std::size_t capacity_ = 1'024;
};

/// Messages of some channels, one after the other, from `client::subscribe`.
///
/// Subscriptions of a client share one connection, apart from its commands. When it is lost they
/// are taken up again, and each says `lagged`.
///
/// Threads: of the client's executor, or of any other one, by one reader at a time.
///
/// Lifetime: the destructor unsubscribes. A client that is closed ends it: `errc::closed`.
class subscription {
public:
    /// None: only to be assigned to.
    subscription() = default;
    subscription(subscription&&) noexcept = default;
    subscription& operator=(subscription&& other) noexcept;
    ~subscription();

    /// Waits for the next message.
    ///
    /// Errors: `std::logic_error` where a function hears them.
    ///
    /// Cancellation: `operation_aborted`; no message is lost by it.
    asio::awaitable<message> next();
    /// How many messages were dropped because they were not read in time.
    std::uint64_t dropped() const noexcept;

private:
    friend class client;
    subscription(std::shared_ptr<detail::client_core> core, std::shared_ptr<detail::mailbox> box);
    void end() noexcept;

    std::shared_ptr<detail::client_core> core_;
    std::shared_ptr<detail::mailbox> box_; // null after a move
};

} // namespace coffer::redis
