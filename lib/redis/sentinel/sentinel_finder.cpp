// SPDX-License-Identifier: BSL-1.0
#include "redis/sentinel/sentinel_finder.hpp"

#include "redis/client/client_core.hpp"
#include "redis/client/server_role.hpp"
#include "redis/client/until_up.hpp"
#include "redis/sentinel/sentinel_peer.hpp"
#include "redis/sentinel/sentinel_round.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>

namespace coffer::redis::detail {
namespace {

using namespace std::chrono_literals;

/// For each Sentinel to answer, and for whom it names to say what it is.
constexpr std::chrono::milliseconds longest_answer = 2s;

/// Those of a client of Sentinels, in a client of the servers with the data.
link_parts sentinel_parts(const link_parts& of)
{
    auto own = std::make_shared<settings>(*of.values);
    own->login = of.values->sentinel_login;
    own->ask_login = nullptr;
    own->database = 0;
    link_parts parts = of;
    if (own->by == transport::tls && own->sentinel_tls == sentinel_tls::no) {
        own->by = transport::tcp;
        parts.tls = nullptr;
    }
    parts.values = std::move(own);
    return parts;
}

/// One question to all Sentinels, and how far it has got.
class search {
public:
    explicit search(sentinel_round asks) : round(std::move(asks)) {}

    void moved() { std::exchange(moves, event()).set(); }

    sentinel_round round;
    event moves;
    bool outdated = false; // something has happened since it was asked
    bool over = false;
};

std::string reason_of(const std::exception& failure)
{
    const auto* const known = dynamic_cast<const error*>(&failure);
    if (!known)
        return failure.what();
    for (const auto* part : {&known->reply().text(), &known->details().note()})
        if (!part->empty())
            return *part;
    return known->code().message();
}

asio::awaitable<void> verify(std::shared_ptr<client_core> core, std::shared_ptr<search> of,
                             endpoint at, link::time moment)
{
    try {
        auto asking = role_of(core, core->node_at(at), moment);
        const auto role = co_await std::move(asking);
        if (role.is_master())
            of->round.confirmed(at);
        else
            of->round.refuted(at, "it says that it is a replica");
    } catch (const std::exception& failure) {
        of->round.refuted(at, reason_of(failure));
    }
    of->moved();
}

/// Why it is not connected, for a text that has its address before.
std::string without_address(const link& of)
{
    const auto& text = of.last_failure();
    const auto begin = "Redis at " + of.node_name() + ": ";
    return text.starts_with(begin) ? text.substr(begin.size()) : text;
}

asio::awaitable<sentinel_answer> answer_of(std::shared_ptr<client_core> core,
                                           std::shared_ptr<link> sentinel, std::string master,
                                           link::time moment)
{
    const auto& time = core->values().clock;
    // It goes on trying by itself, with pauses; nobody waits for those.
    if (!sentinel->up() && !sentinel->last_failure().empty())
        throw error(errc::connection_lost, error_details().note(without_address(*sentinel)));
    auto connecting = until_up(sentinel, time, moment);
    co_await std::move(connecting);
    const call_route route{core, sentinel, nullptr};
    auto asking =
        run_call(route, sentinel_questions(master), terms_until(time, moment), sentinel_replies());
    co_return co_await std::move(asking);
}

asio::awaitable<void> ask(std::shared_ptr<client_core> core, std::shared_ptr<search> of,
                          std::shared_ptr<link> sentinel, std::size_t which)
{
    const settings& values = core->values();
    const auto moment = later(values.clock.now(), std::min(values.connect_timeout, longest_answer));
    std::optional<endpoint> named;
    try {
        auto asking = answer_of(core, sentinel, values.master, moment);
        auto answer = co_await std::move(asking);
        named = of->round.answered(which, std::move(answer));
    } catch (const std::exception& failure) {
        of->round.missed(which, reason_of(failure));
    }
    of->moved();
    if (named && !of->over) {
        auto verifying = verify(core, of, *named, moment);
        co_await std::move(verifying);
    }
}

class by_sentinels final : public leader_finder {
public:
    explicit by_sentinels(const link_parts& parts)
        : parts_(sentinel_parts(parts)), known_(parts.values->nodes)
    {}

    std::vector<endpoint> replicas() const override { return replicas_; }
    void start(std::function<void()> changed) override { changed_ = std::move(changed); }
    void close() override
    {
        closed_ = true;
        for (const auto& each : std::exchange(peers_, {}))
            each->close();
        heard();
    }
    asio::awaitable<found> find(std::shared_ptr<client_core> core) override;

private:
    std::shared_ptr<search> begin(const std::shared_ptr<client_core>& core);
    found adopt(const sentinel_round& round);
    void meet(const std::vector<endpoint>& wanted);
    void heard();

    const link_parts parts_;
    std::function<void()> changed_;
    std::vector<endpoint> known_; // Sentinels: those of the configuration come first
    std::vector<std::shared_ptr<sentinel_peer>> peers_; // of known_
    std::shared_ptr<search> now_;                       // null if there is none
    std::vector<endpoint> replicas_;                    // as they were said last
    std::uint64_t epoch_ = 0;
    bool closed_ = false;
};

void by_sentinels::heard()
{
    if (now_) {
        now_->outdated = true;
        now_->moved();
    }
    changed_();
}

/// Connects to those that are new, and lets go of those that are not wanted any more.
void by_sentinels::meet(const std::vector<endpoint>& wanted)
{
    std::vector<std::shared_ptr<sentinel_peer>> met;
    for (const auto& at : wanted) {
        const auto known = std::find_if(peers_.begin(), peers_.end(),
                                        [&](const auto& each) { return each->at() == at; });
        if (known != peers_.end()) {
            met.push_back(*known);
            peers_.erase(known);
        } else {
            // Closed before the finder goes.
            met.push_back(
                sentinel_peer::make(parts_, at, parts_.values->master, [this] { heard(); }));
        }
    }
    for (const auto& each : peers_)
        each->close();
    peers_ = std::move(met);
}

std::shared_ptr<search> by_sentinels::begin(const std::shared_ptr<client_core>& core)
{
    meet(known_);
    now_ = std::make_shared<search>(sentinel_round(parts_.values->master, known_, epoch_));
    for (std::size_t which = 0; which < peers_.size(); ++which)
        core->tasks().start(core->home(), ask(core, now_, peers_[which]->on(), which));
    return now_;
}

leader_finder::found by_sentinels::adopt(const sentinel_round& round)
{
    const auto& answer = round.found();
    epoch_ = answer.epoch;
    auto all = parts_.values->nodes;
    const auto add = [&all](const endpoint& at) {
        if (std::find(all.begin(), all.end(), at) == all.end())
            all.push_back(at);
    };
    add(known_[round.found_by()]);
    for (const auto& each : answer.sentinels)
        add(each);
    replicas_ = answer.replicas;
    const found now{*answer.master, replicas_};
    known_ = std::move(all);
    meet(known_);
    return now;
}

asio::awaitable<leader_finder::found> by_sentinels::find(std::shared_ptr<client_core> core)
{
    while (!closed_) {
        const auto asked = begin(core);
        while (asked->round.now() == sentinel_round::state::open && !asked->outdated) {
            auto moving = asked->moves.wait();
            co_await std::move(moving);
        }
        now_.reset();
        asked->over = true;
        if (asked->outdated)
            continue;
        if (asked->round.now() == sentinel_round::state::failed)
            throw error(asio::error::host_not_found, error_details().note(asked->round.failure()));
        co_return adopt(asked->round);
    }
    throw error(errc::closed);
}

} // namespace

std::unique_ptr<leader_finder> leader_by_sentinels(const link_parts& parts)
{
    return std::make_unique<by_sentinels>(parts);
}

} // namespace coffer::redis::detail
