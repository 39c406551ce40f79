// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/servers/redis_server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// A real Redis Cluster on free ports of 127.0.0.1, which a test owns. It takes about two seconds
/// to start, which is how long a master of Redis waits before it says that all is well.
///
/// Nodes have numbers: first the masters, which share the slots evenly and in order, then for each
/// of them its first replica, and so on. A fail-over changes what a node is, not its number.
///
/// Every wait is bounded; what takes too long throws `std::runtime_error`.
class redis_cluster {
public:
    static constexpr unsigned slots = 16'384;

    /// With replicas a master that is gone is replaced after about two seconds; without, nodes are
    /// patient with a busy machine. `settings` come last, so that they win.
    explicit redis_cluster(std::size_t masters = 3, std::size_t replicas_of_each = 0,
                           const std::vector<std::string>& settings = {});

    std::size_t size() const noexcept { return nodes_.size(); }
    redis_server& node(std::size_t index) { return *nodes_.at(index); }
    const redis_server& node(std::size_t index) const { return *nodes_.at(index); }
    /// `redis+cluster://` with all nodes, and what is given after them, as "?deadline=1s".
    std::string url(const std::string& rest = {}) const;

    void kill(std::size_t index, int signal = SIGKILL) noexcept { node(index).kill(signal); }
    /// On the same port and as the same node, without data.
    void restart(std::size_t index) { node(index).start(); }
    /// SIGSTOP and SIGCONT.
    void pause(std::size_t index) noexcept { node(index).pause(); }
    void resume(std::size_t index) noexcept { node(index).resume(); }

    /// The answer of one node, flat.
    std::vector<std::string> ask(std::size_t index, const std::vector<std::string>& command) const;

    static unsigned slot_of(std::string_view key);
    /// A key of this slot that begins with `prefix`: in braces is something that leads there.
    static std::string key_in(unsigned slot, const std::string& prefix = "k");
    /// Which of the nodes that run has a slot; `size()` if none of them.
    std::size_t owner_of(unsigned slot) const;
    bool is_master(std::size_t index) const;
    /// A replica of this master that runs and is up to date.
    std::size_t replica_of(std::size_t master) const;

    /// Waits until all nodes that run agree that every slot is served.
    void await_ok() const;
    /// Waits until another node than `before` has the slot, and tells which.
    std::size_t await_new_owner(unsigned slot, std::size_t before) const;
    /// Waits until every replica that runs has all that its master knows by now.
    void await_replicas() const;

    class slot_move;
    /// Begins to move a slot: from now on the old owner answers ASK for keys that it has not.
    slot_move begin_move(unsigned slot, std::size_t to);
    /// All of it.
    void move_slot(unsigned slot, std::size_t to);

private:
    class node_view;
    std::vector<node_view> views(std::size_t index) const;
    node_view view_of(std::size_t index) const; // of itself

    void share_slots(std::size_t masters);
    void meet();
    void replicate(std::size_t masters);
    std::vector<std::size_t> running() const;
    bool is_linked(std::size_t replica) const;
    bool sees_owner(std::size_t index, unsigned slot, std::size_t owner) const;

    std::vector<std::unique_ptr<redis_server>> nodes_;
    std::vector<std::string> ids_;
};

/// A slot on its way from one node to another. The cluster must outlive it; one that is not
/// finished is left half way.
class redis_cluster::slot_move {
public:
    /// Moves some of the keys that are there; false if there were none.
    bool keys(std::size_t most = 100);
    /// The new owner has it. Keys that were not moved stay behind, unreachable.
    void finish();

    std::size_t from() const noexcept { return from_; }
    std::size_t to() const noexcept { return to_; }

private:
    friend class redis_cluster;
    slot_move(redis_cluster& in, unsigned slot, std::size_t from, std::size_t to);

    redis_cluster* in_;
    std::string slot_;
    std::size_t from_;
    std::size_t to_;
};

} // namespace support
