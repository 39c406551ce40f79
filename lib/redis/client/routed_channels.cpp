// SPDX-License-Identifier: BSL-1.0
#include "redis/client/routed_channels.hpp"

#include "redis/client/joining.hpp"
#include "redis/cluster/refusal.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/core/jitter.hpp>

#include <algorithm>

namespace coffer::redis::detail {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1'000};

call_terms terms_until(const client_core& core, clock::steady_time until)
{
    if (until == clock::steady_time::max())
        return {};
    const auto left = std::chrono::duration_cast<milliseconds>(until - core.now());
    return within(std::max(left, milliseconds(1)));
}

} // namespace

routed_channels::routed_channels(client_core& owner) : owner_(owner)
{
    hub_->on_evicted([this](const name& one) { evicted(one); });
}

std::vector<std::shared_ptr<link>> routed_channels::links() const
{
    std::vector<std::shared_ptr<link>> all;
    for (const auto& [address, each] : places_)
        all.push_back(each.through);
    return all;
}

void routed_channels::close()
{
    for (const auto& [address, each] : std::exchange(places_, {}))
        each.through->close();
    hub_->close();
}

std::shared_ptr<node> routed_channels::node_for(const name& one)
{
    using kind = request_slot::kind;
    destination wanted;
    if (one.first == channels::kind::sharded) {
        wanted.where = {kind::one, hash_slot(one.second)};
        return owner_.router()->choose(wanted);
    }
    if (!common_ || common_->closed())
        common_ = owner_.router()->choose(wanted);
    return common_;
}

routed_channels::place& routed_channels::place_at(const std::shared_ptr<node>& at)
{
    auto& found = places_[at->at().text()];
    if (found.through && !found.through->closed())
        return found;
    link_role role;
    role.what = link_role::kind::channels;
    role.pushes = hub_->sink();
    role.on_down = [weak = owner_.weak_from_this(), address = at->at().text()] {
        if (const auto core = weak.lock())
            core->routed()->lost(address);
    };
    found.at = at;
    found.through = at->make_link(std::move(role));
    found.through->start();
    return found;
}

void routed_channels::drop(const std::string& address)
{
    const auto found = places_.find(address);
    if (found == places_.end())
        return;
    if (common_ == found->second.at)
        common_ = nullptr;
    const auto through = found->second.through;
    places_.erase(found);
    through->close();
}

void routed_channels::lost(const std::string& address)
{
    const auto found = places_.find(address);
    if (found == places_.end())
        return;
    const names all(found->second.has.begin(), found->second.has.end());
    for (const auto& each : all)
        hub_->say_lagged(each);
    owner_.router()->refresh(found->second.at);
    drop(address);
    settle_later(all);
}

void routed_channels::evicted(const name& one)
{
    for (auto& [address, each] : places_)
        each.has.erase(one);
    hub_->say_lagged(one);
    owner_.router()->refresh(nullptr);
    settle_later({one});
}

void routed_channels::look_again()
{
    names moved;
    for (auto& [address, each] : places_) {
        names leaving;
        for (const auto& one : each.has)
            if (const auto now = node_for(one); now && now != each.at)
                leaving.push_back(one);
        for (const auto& one : leaving) {
            each.has.erase(one);
            hub_->say_lagged(one);
        }
        channel_hub::leave_through(*each.through, leaving);
        moved.insert(moved.end(), leaving.begin(), leaving.end());
    }
    settle_later(std::move(moved));
}

void routed_channels::leave(const std::shared_ptr<mailbox>& box)
{
    const auto unwanted = hub_->forget(box);
    std::vector<std::string> empty;
    for (auto& [address, each] : places_) {
        names here;
        for (const auto& one : unwanted)
            if (each.has.erase(one) > 0)
                here.push_back(one);
        channel_hub::leave_through(*each.through, here);
        if (each.has.empty() && !here.empty())
            empty.push_back(address);
    }
    for (const auto& address : empty)
        drop(address);
}

void routed_channels::settle_later(names wanted)
{
    if (!wanted.empty() && !owner_.closed())
        owner_.tasks().start(owner_.home(), settle(owner_.weak_from_this(), std::move(wanted),
                                                   clock::steady_time::max()));
}

asio::awaitable<void> routed_channels::join(std::shared_ptr<client_core> core,
                                            std::shared_ptr<mailbox> box, call_terms terms)
{
    auto added = core->routed()->hub_->join(box);
    const auto until = deadline_of(*core, request(), terms);
    auto settling = settle(core, std::move(added), until);
    co_await std::move(settling);
}

/// Takes out what is there. Throws what is no reason to try it elsewhere.
asio::awaitable<void> routed_channels::try_to_settle(std::shared_ptr<client_core> core,
                                                     names& wanted, clock::steady_time until)
{
    auto& self = *core->routed();
    const auto at = self.node_for(wanted.front());
    if (!at)
        co_return core->router()->refresh(nullptr);
    names here;
    for (const auto& each : wanted)
        if (self.node_for(each) == at)
            here.push_back(each);
    place& found = self.place_at(at);
    found.has.insert(here.begin(), here.end());
    const call_route through{core, found.through, nullptr};
    std::optional<error> failed;
    try {
        auto asking =
            run_call(through, channel_hub::joining(here), terms_until(*core, until), all_answers());
        co_await std::move(asking);
        std::erase_if(wanted, [&](const name& each) {
            return std::find(here.begin(), here.end(), each) != here.end();
        });
        co_return;
    } catch (const error& known) {
        failed = known;
    }
    const auto told = redirection_of(failed->reply().text(), at->at().host);
    const bool elsewhere = failed->code() == errc::connection_lost || told ||
                           refusal_of(failed->reply().text()) != refusal::none;
    if (!elsewhere || core->closed())
        throw error(*failed);
    if (told)
        core->router()->follow(*told);
    else
        core->router()->refresh(at);
    if (const auto place = self.places_.find(at->at().text()); place != self.places_.end()) {
        for (const auto& each : here)
            place->second.has.erase(each);
        if (place->second.has.empty())
            self.drop(at->at().text());
    }
}

asio::awaitable<void> routed_channels::settle(std::weak_ptr<client_core> weak, names wanted,
                                              clock::steady_time until)
{
    milliseconds pause = first_pause;
    while (auto core = weak.lock()) {
        std::erase_if(wanted, [&](const name& each) { return !core->routed()->hub_->wants(each); });
        if (wanted.empty() || core->closed())
            co_return;
        const std::size_t before = wanted.size();
        auto trying = try_to_settle(core, wanted, until);
        co_await std::move(trying);
        if (wanted.size() < before)
            continue;
        const clock time = core->values().clock;
        if (time.now() >= until)
            throw error(errc::timeout, error_details().note("no node takes the channels"));
        auto closing = core->closing();
        core.reset(); // others may let go of it meanwhile
        const auto moment = std::min(later(time.now(), jitter().pause(pause)), until);
        auto waiting = closing.wait_until(time, moment);
        co_await std::move(waiting);
        pause = std::min(2 * pause, longest_pause);
    }
}

} // namespace coffer::redis::detail
