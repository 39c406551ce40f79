// SPDX-License-Identifier: BSL-1.0
#include "redis/client/cluster_router.hpp"

#include "redis/client/client_core.hpp"
#include "redis/client/reader_choice.hpp"

#include <coffer/core/errc.hpp>

#include <algorithm>
#include <utility>

namespace coffer::redis::detail {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds one_answer{1'000};  // of one node
constexpr milliseconds whole_round{5'000}; // no more nodes are asked after it

/// Reads what CLUSTER SLOTS answers.
class slots_reply {
public:
    using result = slot_map;

    slots_reply(std::string asked, slot_map before)
        : asked_(std::move(asked)), map_(std::move(before))
    {}

    decode_status take(std::size_t, const reply_view& reply)
    {
        if (reply.is_error())
            return decode_status::refused(reply.text());
        auto found = slot_map::read(reply, asked_, map_);
        if (!found)
            return decode_status::mismatch(reply.kind(), "the slots of a cluster");
        map_ = std::move(*found);
        return {};
    }
    slot_map finish() && { return std::move(map_); }

private:
    const std::string asked_;
    slot_map map_;
};

} // namespace

/// What is known at one moment, and the nodes of those servers that were needed since.
class cluster_router::snapshot {
public:
    explicit snapshot(slot_map found) : map(std::move(found)), nodes(map.shards().size())
    {
        std::vector<bool> seen(nodes.size());
        for (std::uint16_t slot = 0; slot < slot_count; ++slot) {
            const auto* const owner = map.owner(slot);
            if (!owner || seen[place_of(*owner)])
                continue;
            seen[place_of(*owner)] = true;
            owners.push_back(place_of(*owner));
        }
    }

    std::size_t place_of(const slot_map::shard& one) const
    {
        return static_cast<std::size_t>(&one - map.shards().data());
    }
    const std::shared_ptr<node>& at(std::size_t place, client_core& owner)
    {
        auto& found = nodes[place];
        if (!found || found->closed())
            found = owner.node_at(map.shards()[place].primary);
        return found;
    }

    const slot_map map;
    std::vector<std::shared_ptr<node>> nodes; // of map.shards(); null until needed
    std::vector<std::size_t> owners;          // those of map.shards() that have slots
};

std::shared_ptr<cluster_router> cluster_router::make(client_core& owner)
{
    // The round needs the router, which needs what runs the round.
    auto late = std::make_shared<std::weak_ptr<cluster_router>>();
    auto round = [late, core = owner.weak_from_this()] { return ask(*late, core); };
    auto asks = std::make_shared<refresher>(owner.values().clock, std::move(round));
    auto made = std::make_shared<cluster_router>(owner, std::move(asks));
    *late = made;
    return made;
}

cluster_router::cluster_router(client_core& owner, std::shared_ptr<refresher> asks)
    : owner_(owner), refresher_(std::move(asks))
{}

cluster_router::~cluster_router() = default;

void cluster_router::start()
{
    refresher_->start(owner_.home(), owner_.tasks());
}

std::shared_ptr<node> cluster_router::choose(const destination& wanted)
{
    if (!now_)
        return nullptr;
    if (wanted.where.where != request_slot::kind::one)
        return any_primary();
    const auto* const shard = now_->map.owner(wanted.where.slot);
    if (!shard)
        return nullptr;
    if (wanted.only_reads && wanted.from != read_policy::primary)
        return choose_reader_of(*shard, wanted.from);
    return now_->at(now_->place_of(*shard), owner_);
}

/// Replicas have connections for this alone: on those for commands to a master, one that became a
/// replica must not answer.
std::shared_ptr<node> cluster_router::choose_reader_of(const slot_map::shard& shard, read_policy by)
{
    std::vector<std::shared_ptr<node>> replicas;
    for (const auto& each : shard.replicas)
        replicas.push_back(owner_.node_at(each, handshake::duty::copied));
    if (by == read_policy::nearest)
        probe_.begin(owner_);
    const auto place = now_->place_of(shard);
    return choose_reader(by, now_->at(place, owner_), replicas, chance_);
}

void cluster_router::close()
{
    probe_.end();
    refresher_->close();
}

std::shared_ptr<node> cluster_router::any_primary()
{
    if (now_->owners.empty())
        return nullptr;
    const std::size_t from = chance_() % now_->owners.size();
    for (std::size_t tried = 0; tried < now_->owners.size(); ++tried) {
        const auto place = now_->owners[(from + tried) % now_->owners.size()];
        if (const auto& found = now_->at(place, owner_); found->up())
            return found;
    }
    return now_->at(now_->owners[from], owner_);
}

std::shared_ptr<node> cluster_router::follow(const redirection& told)
{
    if (told.how == redirection::kind::moved) {
        auto next = (now_ ? now_->map : slot_map()).with(told.slot, told.to);
        const bool known = now_ && now_->map.same_as(next); // by an answer that came before
        now_ = std::make_shared<snapshot>(std::move(next));
        // The node that watched it may not hear of changes any more.
        owner_.tracking().all_changed();
        refresher_->want(false);
        if (!known)
            owner_.tell(connection_event::kind::found_slots, {});
    }
    return owner_.node_at(told.to);
}

std::vector<std::shared_ptr<node>> cluster_router::primaries()
{
    std::vector<std::shared_ptr<node>> all;
    if (now_)
        for (const std::size_t place : now_->owners)
            all.push_back(now_->at(place, owner_));
    return all;
}

void cluster_router::refresh(const std::shared_ptr<node>& failed)
{
    if (failed)
        failed_ = failed;
    refresher_->want(failed != nullptr);
}

/// Nodes that answer, at random, but not the one that was of no use; then the seeds, at random.
std::vector<endpoint> cluster_router::whom_to_ask()
{
    std::vector<endpoint> all;
    if (now_)
        for (const auto& each : now_->nodes)
            if (each && each->up() && each != failed_)
                all.push_back(each->at());
    std::shuffle(all.begin(), all.end(), chance_);
    auto seeds = owner_.values().nodes;
    std::shuffle(seeds.begin(), seeds.end(), chance_);
    for (auto& each : seeds)
        if (std::find(all.begin(), all.end(), each) == all.end())
            all.push_back(std::move(each));
    if (const auto failed = std::exchange(failed_, nullptr)) {
        const auto last = std::find(all.begin(), all.end(), failed->at());
        if (last != all.end())
            std::rotate(last, last + 1, all.end());
    }
    return all;
}

asio::awaitable<slot_map> cluster_router::ask_node(call_route to, slot_map before)
{
    slots_reply reading(to.at->at().host, std::move(before));
    const auto terms = call_terms().within(one_answer);
    request slots("CLUSTER", "SLOTS");
    auto asking = run_call(std::move(to), std::move(slots), terms, std::move(reading));
    co_return co_await std::move(asking);
}

asio::awaitable<refreshed> cluster_router::ask(std::weak_ptr<cluster_router> weak,
                                               std::weak_ptr<client_core> owner)
{
    const auto core = owner.lock();
    const auto self = weak.lock();
    if (!core || !self)
        throw error(errc::closed);
    const clock& time = core->values().clock;
    const auto end = later(time.now(), whole_round);
    std::optional<error> failed;
    for (const auto& each : self->whom_to_ask()) {
        if (time.now() > end || core->closed())
            break;
        try {
            auto before = self->now_ ? self->now_->map : slot_map();
            call_route to{core, nullptr, core->node_at(each)};
            auto asking = ask_node(std::move(to), std::move(before));
            slot_map found = co_await std::move(asking);
            co_return self->adopt(std::move(found));
        } catch (const error& known) {
            failed = known;
        }
    }
    throw failed.value_or(error(errc::closed));
}

refreshed cluster_router::adopt(slot_map found)
{
    const bool same = now_ && now_->map.same_as(found);
    if (!same) {
        now_ = std::make_shared<snapshot>(std::move(found));
        owner_.routed()->look_again();
        owner_.tracking().all_changed();
        owner_.tell(connection_event::kind::found_slots, {});
    }
    std::vector<endpoint> named;
    for (const auto& each : now_->map.shards()) {
        named.push_back(each.primary);
        named.insert(named.end(), each.replicas.begin(), each.replicas.end());
    }
    owner_.keep_only(named);
    return same ? refreshed::same : refreshed::changed;
}

} // namespace coffer::redis::detail
