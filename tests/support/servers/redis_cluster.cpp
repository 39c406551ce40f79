// SPDX-License-Identifier: BSL-1.0
#include "support/servers/redis_cluster.hpp"

#include "support/servers/raw_redis.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace support {

using namespace std::chrono_literals;

namespace {

constexpr int patience = 30; // seconds
const std::string loopback = "127.0.0.1";

template <class Condition>
void await(const char* what, Condition over)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(patience);
    while (!over()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(std::string("a Redis Cluster takes too long: ") + what);
        std::this_thread::sleep_for(20ms);
    }
}

/// The value of a line `name:value` of INFO or CLUSTER INFO.
std::string line_of(const std::string& text, const std::string& name)
{
    const auto at = ("\n" + text).find("\n" + name + ":");
    if (at == text.npos)
        return {};
    const auto from = at + name.size() + 1;
    return text.substr(from, text.find_first_of("\r\n", from) - from);
}

/// CRC16 as Redis has it (XMODEM), bit by bit.
unsigned crc16(std::string_view text)
{
    unsigned crc = 0;
    for (const char c : text) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    return crc;
}

} // namespace

/// What a line of CLUSTER NODES says: id, address, flags, master, two times, epoch, state, slots.
class redis_cluster::node_view {
public:
    explicit node_view(const std::string& line)
    {
        std::istringstream words(line);
        std::string address, flags, ping, pong, state;
        words >> id >> address >> flags >> master_id >> ping >> pong >> epoch >> state;
        master = flags.find("master") != flags.npos;
        myself = flags.find("myself") != flags.npos;
        for (std::string range; words >> range && range[0] != '[';) {
            const auto dash = range.find('-');
            const auto first = std::stoul(range);
            const auto last = dash == range.npos ? first : std::stoul(range.substr(dash + 1));
            ranges_.emplace_back(first, last);
        }
    }
    bool serves(unsigned slot) const
    {
        return std::any_of(ranges_.begin(), ranges_.end(), [slot](const auto& range) {
            return range.first <= slot && slot <= range.second;
        });
    }

    std::string id;
    std::string master_id; // "-" for a master
    unsigned long epoch = 0;
    bool master = false;
    bool myself = false;

private:
    std::vector<std::pair<unsigned long, unsigned long>> ranges_;
};

std::vector<redis_cluster::node_view> redis_cluster::views(std::size_t index) const
{
    std::istringstream lines(ask(index, {"CLUSTER", "NODES"}).at(0));
    std::vector<node_view> all;
    for (std::string line; std::getline(lines, line);)
        all.emplace_back(line);
    return all;
}

redis_cluster::node_view redis_cluster::view_of(std::size_t index) const
{
    for (node_view& one : views(index))
        if (one.myself)
            return std::move(one);
    throw std::runtime_error("a node that does not know itself");
}

redis_cluster::redis_cluster(std::size_t masters, std::size_t replicas_of_each,
                             const std::vector<std::string>& settings)
{
    std::vector<std::string> all{"--cluster-enabled",          "yes",
                                 "--repl-diskless-sync-delay", "0",
                                 "--repl-ping-replica-period", "1"};
    if (replicas_of_each > 0)
        all.insert(all.end(), {"--cluster-node-timeout", "1000"});
    all.insert(all.end(), settings.begin(), settings.end());
    for (std::size_t made = 0; made < masters * (1 + replicas_of_each); ++made) {
        nodes_.push_back(std::make_unique<redis_server>(all));
        ids_.push_back(ask(made, {"CLUSTER", "MYID"}).at(0));
    }
    share_slots(masters);
    meet();
    if (replicas_of_each > 0)
        replicate(masters);
    await_ok();
    if (replicas_of_each > 0)
        await_replicas();
}

void redis_cluster::share_slots(std::size_t masters)
{
    for (std::size_t i = 0; i < masters; ++i) {
        ask(i, {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
        ask(i, {"CLUSTER", "ADDSLOTSRANGE", std::to_string(slots * i / masters),
                std::to_string(slots * (i + 1) / masters - 1)});
    }
}

/// Everybody is told of everybody: gossip would take a second.
void redis_cluster::meet()
{
    for (std::size_t i = 0; i < size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            ask(i, {"CLUSTER", "MEET", loopback, std::to_string(node(j).port())});
    await("to meet", [this] {
        for (std::size_t i = 0; i < size(); ++i)
            for (const std::string& id : ids_)
                if (ask(i, {"CLUSTER", "NODES"}).at(0).find(id) == std::string::npos)
                    return false; // not yet, or not yet under its own name
        return true;
    });
}

void redis_cluster::replicate(std::size_t masters)
{
    for (std::size_t i = masters; i < size(); ++i)
        ask(i, {"CLUSTER", "REPLICATE", ids_[i % masters]});
}

std::string redis_cluster::url(const std::string& rest) const
{
    std::string all = "redis+cluster://";
    for (std::size_t i = 0; i < size(); ++i)
        all += (i ? "," : "") + loopback + ":" + std::to_string(node(i).port());
    return all + rest;
}

std::vector<std::string> redis_cluster::ask(std::size_t index,
                                            const std::vector<std::string>& command) const
{
    raw_redis through(node(index).socket());
    return through.ask(command);
}

unsigned redis_cluster::slot_of(std::string_view key)
{
    const auto open = key.find('{');
    if (open != key.npos) {
        const auto close = key.find('}', open + 1);
        if (close != key.npos && close != open + 1)
            key = key.substr(open + 1, close - open - 1);
    }
    return crc16(key) % slots;
}

std::string redis_cluster::key_in(unsigned slot, const std::string& prefix)
{
    for (unsigned tried = 0;; ++tried)
        if (const auto tag = std::to_string(tried); slot_of(tag) == slot)
            return prefix + "{" + tag + "}";
}

std::vector<std::size_t> redis_cluster::running() const
{
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < size(); ++i)
        if (node(i).answers())
            all.push_back(i);
    return all;
}

std::size_t redis_cluster::owner_of(unsigned slot) const
{
    std::size_t owner = size();
    unsigned long newest = 0;
    for (const std::size_t i : running()) {
        const node_view own = view_of(i);
        if (own.master && own.serves(slot) && (owner == size() || own.epoch > newest)) {
            owner = i;
            newest = own.epoch;
        }
    }
    return owner;
}

bool redis_cluster::sees_owner(std::size_t index, unsigned slot, std::size_t owner) const
{
    const auto all = views(index);
    return std::any_of(all.begin(), all.end(), [&](const node_view& one) {
        return one.id == ids_.at(owner) && one.serves(slot);
    });
}

bool redis_cluster::is_master(std::size_t index) const
{
    return view_of(index).master;
}

std::size_t redis_cluster::replica_of(std::size_t master) const
{
    for (const std::size_t i : running())
        if (view_of(i).master_id == ids_.at(master) && is_linked(i))
            return i;
    throw std::runtime_error("no replica that is up to date");
}

bool redis_cluster::is_linked(std::size_t replica) const
{
    return line_of(ask(replica, {"INFO", "replication"}).at(0), "master_link_status") == "up";
}

void redis_cluster::await_ok() const
{
    await("to be well", [this] {
        const auto all = running();
        return std::all_of(all.begin(), all.end(), [this](std::size_t i) {
            return line_of(ask(i, {"CLUSTER", "INFO"}).at(0), "cluster_state") == "ok";
        });
    });
}

std::size_t redis_cluster::await_new_owner(unsigned slot, std::size_t before) const
{
    std::size_t now = size();
    await("a fail-over", [&] {
        now = owner_of(slot);
        return now != before && now != size();
    });
    await_ok();
    return now;
}

void redis_cluster::await_replicas() const
{
    await("replicas", [this] {
        const auto all = running();
        return std::all_of(all.begin(), all.end(),
                           [this](std::size_t i) { return is_master(i) || is_linked(i); });
    });
    for (const std::size_t i : running()) {
        if (!is_master(i))
            continue;
        const std::string info = ask(i, {"INFO", "replication"}).at(0);
        const std::string replicas = line_of(info, "connected_slaves");
        // It answers once so many have confirmed what it has said by now.
        if (ask(i, {"WAIT", replicas, "3000"}).at(0) < replicas)
            throw std::runtime_error("a replica falls behind");
    }
}

redis_cluster::slot_move redis_cluster::begin_move(unsigned slot, std::size_t to)
{
    return slot_move(*this, slot, owner_of(slot), to);
}

void redis_cluster::move_slot(unsigned slot, std::size_t to)
{
    slot_move moving = begin_move(slot, to);
    while (moving.keys())
        ;
    moving.finish();
}

redis_cluster::slot_move::slot_move(redis_cluster& in, unsigned slot, std::size_t from,
                                    std::size_t to)
    : in_(&in), slot_(std::to_string(slot)), from_(from), to_(to)
{
    // In this order: who is sent on by the one must be let in by the other.
    in_->ask(to_, {"CLUSTER", "SETSLOT", slot_, "IMPORTING", in_->ids_.at(from_)});
    in_->ask(from_, {"CLUSTER", "SETSLOT", slot_, "MIGRATING", in_->ids_.at(to_)});
}

bool redis_cluster::slot_move::keys(std::size_t most)
{
    const auto names = in_->ask(from_, {"CLUSTER", "GETKEYSINSLOT", slot_, std::to_string(most)});
    if (names.empty())
        return false;
    const std::string port = std::to_string(in_->node(to_).port());
    std::vector<std::string> command{"MIGRATE", loopback, port, "", "0", "5000", "KEYS"};
    command.insert(command.end(), names.begin(), names.end());
    in_->ask(from_, command);
    return true;
}

void redis_cluster::slot_move::finish()
{
    // First the one that gets it, so that nobody is without an owner.
    in_->ask(to_, {"CLUSTER", "SETSLOT", slot_, "NODE", in_->ids_.at(to_)});
    in_->ask(from_, {"CLUSTER", "SETSLOT", slot_, "NODE", in_->ids_.at(to_)});
    const auto slot = static_cast<unsigned>(std::stoul(slot_));
    await("to know the new owner", [this, slot] {
        const auto all = in_->running();
        return std::all_of(all.begin(), all.end(),
                           [this, slot](std::size_t i) { return in_->sees_owner(i, slot, to_); });
    });
}

} // namespace support
