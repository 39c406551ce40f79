// SPDX-License-Identifier: BSL-1.0
#include "storage/retry_policy.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace coffer {

template <class T>
using result = asio::awaitable<T>;

namespace {

/// Puts what became of those that were allowed into their places.
void merge(std::vector<fill_state>& judged, const std::vector<fill_state>& allowed)
{
    auto next = allowed.begin();
    for (fill_state& state : judged)
        if (state == fill_state::stored)
            state = *next++;
}

} // namespace

bool retry_queue::policy::trusts(const storage_key& key) const
{
    std::lock_guard lock(mutex_);
    return backlog_.trusts(key);
}

bool retry_queue::policy::trusts(const storage_key& key,
                                 const std::optional<stored_entry>& found) const
{
    if (!found || found->tags.empty())
        return true;
    std::lock_guard lock(mutex_);
    return backlog_.trusts_tags(key.space, found->tags);
}

fill_state retry_queue::policy::judge_fill(const storage_key& key, const entry& value) const
{
    std::lock_guard lock(mutex_);
    if (!backlog_.trusts(key) || !backlog_.trusts_tags(key.space, value.tags))
        return fill_state::lease_lost;
    return backlog_.admits_fill(key, value.version) ? fill_state::stored : fill_state::below_floor;
}

fill_state retry_queue::policy::judge_put(const storage_key& key, const entry& value) const
{
    std::lock_guard lock(mutex_);
    return backlog_.admits_put(key, value.version) ? fill_state::stored : fill_state::below_floor;
}

void retry_queue::policy::require_trust(const storage_key& key, op what) const
{
    if (!trusts(key))
        throw boost::system::system_error(
            errc::storage_unavailable,
            std::string(name_of(what)) + " of a key whose invalidation waits in the " + describe());
}

result<std::optional<stored_entry>> retry_queue::policy::handle(self_ptr self, get call)
{
    const storage_key key = call.get<0>();
    if (!self->trusts(key)) {
        // Whoever drained may be gone with its context.
        self->start_draining(co_await asio::this_coro::executor);
        co_return std::nullopt;
    }
    auto found = co_await std::move(call).send(*self->inner_);
    if (!self->trusts(key, found))
        found.reset();
    co_return found;
}

result<std::vector<std::optional<stored_entry>>> retry_queue::policy::handle(self_ptr self,
                                                                             get_many call)
{
    const std::vector<storage_key> keys = call.get<0>();
    auto found = co_await std::move(call).send(*self->inner_);
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!self->trusts(keys[i]) || !self->trusts(keys[i], found[i]))
            found[i].reset();
    co_return found;
}

/// The answer for a key that is not trusted; a lease that came with it is not kept from others.
result<acquired> retry_queue::policy::turn_down(self_ptr self, storage_key key, acquired answer)
{
    if (answer.grant) {
        try {
            co_await self->inner_->abandon(std::move(key), answer.grant);
        } catch (const std::exception&) { // then it runs out by itself
        }
    }
    co_return acquired();
}

result<acquired> retry_queue::policy::handle(self_ptr self, acquire call)
{
    const storage_key key = call.get<0>();
    if (!self->trusts(key)) {
        self->start_draining(co_await asio::this_coro::executor);
        co_return acquired();
    }
    auto answer = co_await std::move(call).send(*self->inner_);
    if (!self->trusts(key, answer.found))
        answer = co_await turn_down(self, key, std::move(answer));
    co_return answer;
}

result<std::vector<acquired>> retry_queue::policy::handle(self_ptr self, acquire_many call)
{
    const lease_terms terms = call.get<1>();
    std::vector<acquired> answers(call.get<0>().size());
    std::vector<storage_key> asked;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!self->trusts(call.get<0>()[i]))
            continue;
        asked.push_back(call.get<0>()[i]);
        places.push_back(i);
    }
    auto found = co_await self->inner_->acquire_many(asked, terms);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!self->trusts(asked[i], found[i].found))
            found[i] = co_await turn_down(self, asked[i], std::move(found[i]));
        answers[places[i]] = std::move(found[i]);
    }
    co_return answers;
}

result<bool> retry_queue::policy::handle(self_ptr self, renew call)
{
    if (!self->trusts(call.get<0>()))
        co_return false;
    co_return co_await std::move(call).send(*self->inner_);
}

result<bool> retry_queue::policy::handle(self_ptr self, touch call)
{
    if (!self->trusts(call.get<0>()))
        co_return false;
    co_return co_await std::move(call).send(*self->inner_);
}

result<fill_state> retry_queue::policy::handle(self_ptr self, fill call)
{
    const fill_state judged = self->judge_fill(call.get<0>(), call.get<2>());
    if (judged != fill_state::stored)
        co_return judged;
    co_return co_await std::move(call).send(*self->inner_);
}

result<std::vector<fill_state>> retry_queue::policy::handle(self_ptr self, fill_many call)
{
    auto& [keys, grants, values] = call.arguments;
    std::vector<fill_state> states;
    fill_many allowed({}, {}, {});
    for (std::size_t i = 0; i < keys.size(); ++i) {
        states.push_back(self->judge_fill(keys[i], values[i]));
        if (states.back() != fill_state::stored)
            continue;
        allowed.get<0>().push_back(std::move(keys[i]));
        allowed.get<1>().push_back(grants[i]);
        allowed.get<2>().push_back(std::move(values[i]));
    }
    const auto done = co_await std::move(allowed).send(*self->inner_);
    merge(states, done);
    co_return states;
}

result<fill_state> retry_queue::policy::handle(self_ptr self, put call)
{
    const fill_state judged = self->judge_put(call.get<0>(), call.get<1>());
    if (judged != fill_state::stored)
        co_return judged;
    co_return co_await std::move(call).send(*self->inner_);
}

result<std::vector<fill_state>> retry_queue::policy::handle(self_ptr self, put_many call)
{
    auto& [keys, values] = call.arguments;
    std::vector<fill_state> states;
    put_many allowed({}, {});
    for (std::size_t i = 0; i < keys.size(); ++i) {
        states.push_back(self->judge_put(keys[i], values[i]));
        if (states.back() != fill_state::stored)
            continue;
        allowed.get<0>().push_back(std::move(keys[i]));
        allowed.get<1>().push_back(std::move(values[i]));
    }
    const auto done = co_await std::move(allowed).send(*self->inner_);
    merge(states, done);
    co_return states;
}

result<bool> retry_queue::policy::handle(self_ptr self, put_if_absent call)
{
    self->require_trust(call.get<0>(), op::put_if_absent);
    co_return co_await std::move(call).send(*self->inner_);
}

result<std::int64_t> retry_queue::policy::handle(self_ptr self, increment call)
{
    self->require_trust(call.get<0>(), op::increment);
    co_return co_await std::move(call).send(*self->inner_);
}

result<storage::page> retry_queue::policy::handle(self_ptr self, scan call)
{
    auto page = co_await std::move(call).send(*self->inner_);
    std::erase_if(page.keys, [&](const storage_key& key) { return !self->trusts(key); });
    co_return page;
}

} // namespace coffer
