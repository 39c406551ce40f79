// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace support {

/// What a `fault_proxy` does to one connection. Bytes are counted from its begin.
struct fault {
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

    /// Closes both sides once so many bytes have gone to the client, or to the server.
    std::size_t cut_to_client = never;
    std::size_t cut_to_server = never;
    /// After so many bytes, nothing more arrives on that side, and the connection stays.
    std::size_t swallow_to_client = never;
    std::size_t swallow_to_server = never;
    /// Each piece waits so long before it is passed on to the client.
    std::chrono::milliseconds delay{0};
    /// At most so many bytes are passed on at once.
    std::size_t piece = 64 * 1024;
    /// Closes at once, without asking the server.
    bool refuse = false;
};

/// A proxy on a port of 127.0.0.1, which breaks what passes through it on demand. It runs on a
/// thread of its own.
class fault_proxy {
public:
    explicit fault_proxy(unsigned short server_port);
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;
    ~fault_proxy();

    unsigned short port() const noexcept;
    std::string url(const std::string& rest = {}) const;

    /// For connections that come from now on.
    void plan(fault what);
    /// For the next connection only, before `plan`; several wait for their turn.
    void plan_next(fault what);
    /// Nothing arrives any more on connections that are there now, either way; they stay open.
    void black_hole();
    /// Ends `black_hole`: what was held back arrives.
    void restore();
    /// Closes what is connected now.
    void cut();

    std::size_t accepted() const;
    std::size_t open() const;
    /// Bytes passed on to clients, on all connections.
    std::size_t to_client() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

/// A server on a port of 127.0.0.1 that says what a test tells it to.
class scripted_peer {
public:
    /// Says `greeting` to whoever connects; then, to each piece it reads, what `answer` makes of
    /// it.
    explicit scripted_peer(std::string greeting,
                           std::function<std::string(std::string_view)> answer = {});
    scripted_peer(const scripted_peer&) = delete;
    scripted_peer& operator=(const scripted_peer&) = delete;
    ~scripted_peer();

    unsigned short port() const noexcept;
    std::string url(const std::string& rest = {}) const;
    std::size_t accepted() const;
    /// All that has been read, of all connections.
    std::string heard() const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace support
