// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/slot_map.hpp>

#include <coffer/redis/decode.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace coffer::redis::detail {
namespace {

// A node is a list of host, port, and what does not matter here. The host is null, empty or "?" if
// the node does not know its own name.
std::optional<endpoint> node_of(const reply_view& node, std::string_view asked)
{
    if (node.kind() != reply_kind::array || node.size() < 2)
        return std::nullopt;
    auto part = node.begin();
    const std::string_view told = part->text();
    std::uint16_t port = 0;
    if (!decode_into(*++part, port) || port == 0)
        return std::nullopt;
    const auto host = told.empty() || told == "?" ? asked : told;
    if (host.empty())
        return std::nullopt;
    return endpoint(std::string(host), port);
}

} // namespace

std::optional<slot_map> slot_map::read(const reply_view& answer, std::string_view asked,
                                       const slot_map& before)
{
    if (answer.kind() != reply_kind::array || answer.empty())
        return std::nullopt;
    slot_map made;
    for (const auto& range : answer) {
        if (!made.add_range(range, asked))
            return std::nullopt;
    }
    made.keep(before);
    return made;
}

// First slot, last slot, the primary, its replicas.
bool slot_map::add_range(const reply_view& range, std::string_view asked)
{
    if (range.kind() != reply_kind::array || range.size() < 3)
        return false;
    auto part = range.begin();
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    if (!decode_into(*part, first) || !decode_into(*++part, last))
        return false;
    auto primary = node_of(*++part, asked);
    if (!primary || first > last || last >= slot_count)
        return false;
    shard owner{std::move(*primary), {}};
    for (++part; part != range.end(); ++part) {
        if (auto replica = node_of(*part, asked)) // one without a name is no loss
            owner.replicas.push_back(std::move(*replica));
    }
    std::fill(owners_.begin() + first, owners_.begin() + last + 1, place_of(owner));
    return true;
}

// Of the shard with this primary, which is added if it is not there.
std::uint16_t slot_map::place_of(const shard& wanted)
{
    const auto found = std::find_if(shards_.begin(), shards_.end(), [&](const shard& each) {
        return each.primary == wanted.primary;
    });
    if (found != shards_.end())
        return static_cast<std::uint16_t>(found - shards_.begin());
    shards_.push_back(wanted);
    return static_cast<std::uint16_t>(shards_.size() - 1);
}

void slot_map::keep(const slot_map& before)
{
    for (std::uint16_t slot = 0; slot < slot_count; ++slot) {
        if (owners_[slot] != nobody)
            continue;
        if (const shard* const last_known = before.owner(slot))
            owners_[slot] = place_of(*last_known);
    }
}

slot_map slot_map::with(std::uint16_t moved, const endpoint& to) const
{
    slot_map made = *this;
    made.owners_[moved] = made.place_of({to, {}});
    return made;
}

bool slot_map::same_as(const slot_map& other) const
{
    const shard* mine = nullptr;
    const shard* theirs = nullptr;
    for (std::uint16_t slot = 0; slot < slot_count; ++slot) {
        const shard* const my_next = owner(slot);
        const shard* const their_next = other.owner(slot);
        if (my_next == mine && their_next == theirs)
            continue; // compared already
        mine = my_next;
        theirs = their_next;
        if (!mine != !theirs || (mine && !(*mine == *theirs)))
            return false;
    }
    return true;
}

bool slot_map::complete() const noexcept
{
    return std::find(owners_.begin(), owners_.end(), nobody) == owners_.end();
}

} // namespace coffer::redis::detail
