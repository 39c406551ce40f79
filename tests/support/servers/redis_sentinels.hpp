// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/servers/certificates.hpp"
#include "support/servers/redis_server.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace support {

/// What the servers of a `redis_sentinels` ask their users for.
class sentinels_options {
public:
    std::string password;          ///< of the servers with the data; empty: none
    std::string sentinel_password; ///< of the Sentinels; empty: none
    bool tls = false;              ///< all of them; the Sentinels speak plainly on another port
};

/// A real Redis with two replicas and three Sentinels that watch over them, on free ports of
/// 127.0.0.1, which a test owns. A master that is gone is replaced after about two seconds.
///
/// Servers have numbers: 0 is the first master, 1 and 2 are its replicas. A fail-over changes what
/// a server is, not its number. One that was killed comes back as what it was at first, without
/// data, as one whose own configuration nobody has changed; the Sentinels make a replica of it.
///
/// Every wait is bounded; what takes too long throws `std::runtime_error`.
class redis_sentinels {
public:
    static constexpr const char* name = "mymaster";

    explicit redis_sentinels(sentinels_options options = {});
    ~redis_sentinels();

    std::size_t size() const noexcept { return nodes_.size(); }
    redis_server& node(std::size_t index) { return *nodes_.at(index); }
    const redis_server& node(std::size_t index) const { return *nodes_.at(index); }
    /// `redis+sentinel://` with all Sentinels and the master's name, and what is given after it.
    std::string url(const std::string& rest = {}) const;
    const certificates& files() const { return files_.value(); }

    void kill(std::size_t index, int signal = SIGKILL) noexcept { node(index).kill(signal); }
    void restart(std::size_t index) { node(index).start(); }
    /// SIGSTOP and SIGCONT.
    void stop(std::size_t index) noexcept { node(index).pause(); }
    void resume(std::size_t index) noexcept { node(index).resume(); }

    unsigned short sentinel_port(std::size_t index) const;
    /// Where a Sentinel listens without TLS, if the set speaks TLS.
    unsigned short plain_sentinel_port(std::size_t index) const;
    void kill_sentinel(std::size_t index) noexcept;
    void restart_sentinel(std::size_t index);
    void stop_sentinel(std::size_t index) noexcept;
    void resume_sentinel(std::size_t index) noexcept;

    /// The answer of one server, flat.
    std::vector<std::string> ask(std::size_t index, const std::vector<std::string>& command) const;
    std::vector<std::string> ask_sentinel(std::size_t index,
                                          const std::vector<std::string>& command) const;

    bool is_master(std::size_t index) const;
    /// Which server the Sentinels that run take for the master; `size()` if they do not agree, or
    /// it does not know yet.
    std::size_t master() const;
    /// Waits until they agree that it is another one than `before`, and tells which.
    std::size_t await_new_master(std::size_t before) const;
    /// Waits until every other server that runs is a replica of the master, and up to date.
    void await_replicas() const;
    /// Waits until the Sentinels that run know all the servers, and each other.
    void await_sentinels() const;

private:
    class sentinel;

    std::vector<std::string> node_settings(std::size_t index) const;
    bool is_linked(std::size_t index) const;

    const sentinels_options options_;
    std::optional<scratch_folder> certificates_folder_;
    std::optional<certificates> files_;
    std::vector<std::unique_ptr<redis_server>> nodes_;
    std::vector<std::unique_ptr<sentinel>> sentinels_;
};

} // namespace support
