// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/reply_view.hpp>
#include <coffer/redis/settings.hpp>

#include <redis/cluster/hash_slot.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

/// Which node has which slot of a cluster, at one moment. Not changed once it is made: a newer one
/// takes its place.
class slot_map {
public:
    struct shard {
        endpoint primary;
        std::vector<endpoint> replicas;

        bool operator==(const shard&) const = default;
    };

    slot_map() { owners_.fill(nobody); }

    /// Reads what CLUSTER SLOTS answers: none if that is not such an answer, or names no node.
    ///
    /// A slot that it leaves out keeps its owner from `before`, which a cluster in trouble may
    /// forget for a while. `asked` is the host that answered, which it leaves out if it means
    /// itself.
    static std::optional<slot_map> read(const reply_view& answer, std::string_view asked,
                                        const slot_map& before = {});
    /// The same but for one slot, which a node said has moved. A node that was a replica, or is not
    /// known, is taken for a primary without replicas.
    slot_map with(std::uint16_t moved, const endpoint& to) const;

    /// Null if nobody is known to have it.
    const shard* owner(std::uint16_t slot) const noexcept
    {
        return owners_[slot] == nobody ? nullptr : &shards_[owners_[slot]];
    }
    /// Every node that has slots, with those that others left to it.
    const std::vector<shard>& shards() const noexcept { return shards_; }
    bool empty() const noexcept { return shards_.empty(); }
    /// True if every slot has the same servers in the other.
    bool same_as(const slot_map& other) const;
    /// True if every slot has an owner.
    bool complete() const noexcept;

private:
    static constexpr std::uint16_t nobody = 0xffff;

    std::uint16_t place_of(const shard& wanted);
    bool add_range(const reply_view& range, std::string_view asked);
    void keep(const slot_map& before);

    std::vector<shard> shards_;
    std::array<std::uint16_t, slot_count> owners_; // places in shards_
};

} // namespace coffer::redis::detail
