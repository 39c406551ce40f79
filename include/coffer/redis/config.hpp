// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/settings.hpp>

#include <string>
#include <string_view>

namespace coffer::redis {

/// Where a Redis is and how to talk to it: a URL, and what one likes to add. A builder: each member
/// changes one thing and returns the whole.
///
///     redis://user:password@host:6379/0?client_name=web&deadline=500ms
///     rediss://app@cache.example:6380/2?ca_file=/etc/ssl/own-ca.pem      (TLS)
///     unix:///run/redis/redis.sock?db=1
///     redis://leader,replica1,replica2/0?read_from=prefer_replica
///     redis+sentinel://s1:26379,s2,s3/mymaster/0
///     redis+cluster://n1:7000,n2:7000
///
/// Between hosts stands a comma or a semicolon; `rediss+sentinel` and `rediss+cluster` speak TLS.
///
/// Everything but functions and the clock may be in the URL, under the name it has here; times
/// need a unit (`250ms`, `2s`, `1m`), sizes may have one (`64MiB`). What is special in a user name
/// or a password is percent-encoded.
///
/// Errors: whatever cannot be right throws `std::invalid_argument` where it is written, and names
/// the input (without secrets) and the remedy. What only the whole shows, as a database in a
/// cluster, throws from the URL, or from the constructor of the client.
class config {
public:
    /// `redis://127.0.0.1:6379`.
    config() = default;
    config(std::string_view url);
    config(const char* url) : config(std::string_view(url)) {}
    config(const std::string& url) : config(std::string_view(url)) {}

    /// What the servers in `nodes` are to each other.
    config& topology(redis::topology which);
    /// One server; or the leader and then its replicas; or Sentinels; or some nodes of a cluster.
    /// In place of a socket file as well.
    config& nodes(std::vector<endpoint> servers);
    /// The name of the master that Sentinels are asked for.
    config& master(std::string name);
    /// Who the Sentinels are told that this is, if they ask; the `credentials` are only for the
    /// servers with the data.
    config& sentinel_credentials(std::string user, std::string password);
    /// Where the servers with the data speak TLS, whether the Sentinels do as well; they do unless
    /// said.
    config& sentinel_tls(redis::sentinel_tls how);
    /// Which server is asked what only reads; the primary unless said.
    config& read_from(read_policy which);

    /// In place of what the URL says.
    config& credentials(std::string user, std::string password);
    /// Asked before each connection, so that a password may change while the program runs. Failing,
    /// it fails that attempt. It must not throw outside its coroutine.
    config& credentials(std::function<asio::awaitable<redis::credentials>()> ask);
    config& database(unsigned number);
    /// What `CLIENT LIST` shows; without spaces and line ends.
    config& client_name(std::string name);
    config& protocol(redis::protocol which);

    /// A file with the authorities (PEM) that may have signed the server's certificate, instead of
    /// those that the system trusts.
    config& ca_file(std::string path);
    /// A certificate (PEM, with its chain) and its key, shown to a server that asks for one.
    config& certificate(std::string certificate_path, std::string key_path);
    /// The name that the server's certificate must have, and that is sent with the first message
    /// (SNI); the host unless said.
    config& server_name(std::string name);
    config& verification(redis::verification how);

    /// For one attempt: name, connection, TLS, and all of the greeting. 5 s unless said.
    config& connect_timeout(std::chrono::milliseconds most);
    /// For commands that name none of their own, 1 s unless said; `nullopt`: none at all.
    config& deadline(std::optional<std::chrono::milliseconds> most);
    /// The pause after a failed attempt is drawn from 1 ms to `first`, which doubles with
    /// each failure up to `longest`. 50 ms and 2 s unless said.
    config& pause(std::chrono::milliseconds first, std::chrono::milliseconds longest);
    /// An idle connection is asked for a sign of life after so long, and given up if it owes an
    /// answer and says nothing for twice as long. 5 s unless said.
    config& silence(std::chrono::milliseconds most);

    /// How many connections carry pipelined commands; 1 unless said.
    config& links(std::size_t count);
    /// How many more there may be for blocking commands and sessions; 16 unless said.
    config& max_dedicated(std::size_t count);
    /// How many commands may be under way on one connection; 16,384 unless said.
    config& max_in_flight(std::size_t count);
    /// How many bytes may wait for one connection; 64 MiB unless said.
    config& max_queued_bytes(std::size_t bytes);
    /// How many commands may wait for a connection that is down; 1,000 unless said.
    config& max_offline(std::size_t count);
    /// What happens to a command beyond one of these limits; it waits unless said.
    config& overflow(redis::overflow how);
    /// The longest value that is accepted, 512 MiB unless said; a longer one ends the connection.
    config& max_reply_bytes(std::size_t bytes);

    config& clock(coffer::clock time);
    /// Hears what happens to connections and servers, on the client's executor; must not throw.
    config& on_event(std::function<void(const connection_event&)> handler);

    const settings& values() const noexcept { return values_; }
    /// One line, as a URL with what differs from the defaults; passwords are left out.
    std::string describe() const;

private:
    settings values_;
};

} // namespace coffer::redis
