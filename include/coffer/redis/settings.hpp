// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/detail/redis_part.hpp>
#include <coffer/redis/read_policy.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace coffer::redis {

namespace asio = boost::asio;

/// What a connection says who it is.
class credentials {
public:
    credentials() = default;
    credentials(std::string name, std::string word)
        : user(std::move(name)), password(std::move(word))
    {}

    std::string user; ///< empty: Redis' default user
    std::string password;
};

/// A host and a port.
class endpoint {
public:
    endpoint(std::string name, std::uint16_t number) : host(std::move(name)), port(number) {}

    /// `host:port`, with brackets where a colon in the host asks for them.
    std::string text() const;
    bool operator==(const endpoint&) const = default;

    std::string host;
    std::uint16_t port;
};

enum class transport : std::uint8_t { tcp, tls, socket_file };

/// What the servers of a configuration are to each other.
enum class topology : std::uint8_t {
    single,   ///< one server
    replicas, ///< the first is the leader, the others are its replicas
    sentinel, ///< Sentinels, which know the master of a name and its replicas
    cluster,  ///< some nodes of a Redis Cluster, which know all of it
};

/// Whether Sentinels are spoken to with TLS, where the data nodes are.
enum class sentinel_tls : std::uint8_t { yes, no };

/// Which protocol a connection asks for.
enum class protocol : std::uint8_t {
    newest, ///< RESP3, or RESP2 if the server does not know it
    resp2,
};

/// Whether the certificate of the server is looked at.
enum class verification : std::uint8_t {
    full, ///< signed by an authority that is trusted here, and made for the name that was asked for
    none, ///< anybody is believed: only for trying things out
};

/// What happens to a command beyond a limit.
enum class overflow : std::uint8_t {
    wait,   ///< it waits for room, within its deadline
    refuse, ///< `errc::overloaded`, at once
};

/// Something that happened to a connection, or to the servers it may go to; told to
/// `config::on_event`.
class connection_event {
public:
    enum class kind : std::uint8_t {
        connected,
        connect_failed, ///< an attempt; another follows after a pause
        lost,           ///< a connection that was up
        found_leader,   ///< by Sentinels or in a list: at first, and when it is another one
        found_slots,    ///< of a cluster: at first, and when some belong to another master
    };

    kind what;
    std::string node;   ///< `host:port`, or the path of the socket file; empty for `found_slots`
    std::string reason; ///< why it failed or was lost; never holds a secret
};

/// All that a `config` says, with the defaults.
struct settings {
    transport by = transport::tcp;
    redis::topology topology = redis::topology::single;
    std::vector<endpoint> nodes{endpoint("127.0.0.1", 6379)}; // as `topology` says; never empty,
                                                              // but for a socket file
    redis::read_policy read_from = redis::read_policy::primary;
    std::string master; // the name that Sentinels know it by
    redis::credentials sentinel_login;
    std::optional<redis::sentinel_tls> sentinel_tls; // none: as the data nodes
    std::string socket_file;
    redis::credentials login;
    std::function<asio::awaitable<redis::credentials>()> ask_login; // before `login`, if given
    unsigned database = 0;
    std::string client_name;
    redis::protocol protocol = redis::protocol::newest;

    std::string ca_file; // empty: the authorities that the system trusts
    std::string certificate_file;
    std::string key_file;
    std::string server_name; // empty: the host
    redis::verification verification = redis::verification::full;

    std::chrono::milliseconds connect_timeout{5'000};
    std::optional<std::chrono::milliseconds> deadline{1'000};
    std::chrono::milliseconds first_pause{50};
    std::chrono::milliseconds longest_pause{2'000};
    std::chrono::milliseconds silence{5'000};

    std::size_t links = 1;
    std::size_t max_dedicated = 16;
    std::size_t max_in_flight = 16'384;
    std::size_t max_queued_bytes = 64 << 20;
    std::size_t max_offline = 1'000;
    redis::overflow overflow = redis::overflow::wait;
    std::size_t max_reply_bytes = 512 << 20;

    coffer::clock clock;
    std::function<void(const connection_event&)> on_event;
};

} // namespace coffer::redis
