// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

#include <algorithm>
#include <stdexcept>

namespace coffer::detail {
namespace {

constexpr std::chrono::milliseconds untold_poll{50}; // of who is not told that a lease has ended
constexpr int most_rounds = 4;

// Of what the script `acquire` answers.
constexpr std::size_t at_known = 2;
constexpr std::size_t at_left = 3;
constexpr std::size_t first_of_content = 4;

} // namespace

/// One key that is being acquired: what the server said, and what was found out about that.
class redis_store::acquiring {
public:
    acquiring(const storage_key& of, lease with, milliseconds poll, acquired& answer)
        : key(&of), token(with), longest_hint(poll), to(&answer)
    {}

    const storage_key* key;
    lease token;
    milliseconds longest_hint;
    acquired* to;
    bool open = true;

    // What the next attempt tells the script.
    std::string dead_content;
    std::string stale_content;
    std::string stale_since;
    std::string void_lease;

    // The last answer.
    std::string state;
    std::int64_t now = 0;
    std::string captured; // of the content, as the server wrote it
    std::string known;    // of the lease that someone else has
    std::int64_t left = 0;
    std::optional<redis_content> content;

    void read(redis_fields& answer, const envelope& how, redis_line& line)
    {
        state = word_of(answer);
        now = time_of(answer);
        content.reset();
        captured.clear();
        known.clear();
        if (answer.size() > at_left) {
            known = answer[at_known].value_or("");
            left = number_in<std::int64_t>(answer[at_left].value_or("")).value_or(0);
        }
        if (answer.size() <= first_of_content)
            return;
        captured = answer[first_of_content].value_or("");
        content = redis_content::read(answer, first_of_content, *key, how);
        if (!content)
            line.count_unreadable();
    }

    std::optional<stored_entry> servable(const judgement& how)
    {
        if (!content || how.what == verdict::dead)
            return std::nullopt;
        if (how.what == verdict::stale)
            content->age_from(how.stale_since);
        if (content->is_over(now))
            return std::nullopt;
        return std::move(*content).at(now);
    }

    /// Decides, or prepares another attempt.
    void conclude(const judgement& how, const std::optional<redis_marks>& marks,
                  milliseconds lease_for)
    {
        const bool fresh = content && how.what == verdict::valid;
        if (state == "hit" && fresh)
            return answer(acquired_state::hit, how);
        if (state == "bypass")
            return answer(acquired_state::bypass, how);
        if (state == "leased") {
            if (!marks)
                return; // without a sequence there is no lease: again, with one
            to->grant = token;
            to->grant.sequence = marks->sequence;
            to->lease_for = lease_for;
            answer(acquired_state::leased, how);
            if (to->found)
                to->state = acquired_state::stale;
            return;
        }
        if (state == "busy" && is_void(marks))
            void_lease = known;
        else if (state == "busy") {
            to->retry_after = std::clamp(milliseconds(left), milliseconds(1), longest_hint);
            return answer(acquired_state::busy, how);
        }
        tell(how);
    }

private:
    void answer(acquired_state what, const judgement& how)
    {
        to->state = what;
        to->found = servable(how);
        open = false;
    }
    /// Whether a clear has ended the lease of someone else. One from after these marks were read
    /// has not been ended by them.
    bool is_void(const std::optional<redis_marks>& marks) const
    {
        const auto lease_of = number_in<std::uint64_t>(known);
        return !marks || !lease_of || (marks->clears(*lease_of) && !marks->is_behind(*lease_of));
    }
    /// What the client knows and the script cannot.
    void tell(const judgement& how)
    {
        if (content && how.what == verdict::stale) {
            stale_content = captured;
            stale_since = std::to_string(how.stale_since);
        } else if (!content || how.what == verdict::dead) {
            dead_content = captured;
        }
    }
};

asio::awaitable<acquired> redis_store::do_acquire(storage_key key, lease_terms terms)
{
    std::vector<storage_key> one{std::move(key)};
    auto asking = do_acquire_many(std::move(one), terms);
    auto answers = co_await std::move(asking);
    co_return std::move(answers.front());
}

asio::awaitable<std::vector<acquired>> redis_store::do_acquire_many(std::vector<storage_key> keys,
                                                                    lease_terms terms)
{
    const auto place = enter();
    for (const storage_key& key : keys)
        check(key);
    if (terms.lease_for <= milliseconds(0))
        throw std::invalid_argument("coffer: acquire with a lease_for that is not positive");
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    auto learning = learn(keys);
    co_await std::move(learning);
    std::string channel;
    if (terms.waker) {
        auto listening = wakes_.listen();
        channel = co_await std::move(listening);
    }
    std::vector<acquired> answers(keys.size());
    for (std::size_t from = 0; from < keys.size(); from += most_in_a_trip) {
        const std::size_t count = std::min(most_in_a_trip, keys.size() - from);
        auto some = acquire_some(std::span(keys).subspan(from, count), terms, channel,
                                 std::span(answers).subspan(from, count));
        co_await std::move(some);
    }
    // A lease is a change as well, of which the server tells right after its answer: heard of
    // before the fill, it does not void what is filled.
    const bool leased = std::any_of(answers.begin(), answers.end(),
                                    [](const acquired& one) { return bool(one.grant); });
    if (leased && coherence()) {
        auto hearing = line_.hear();
        co_await std::move(hearing);
    }
    co_return answers;
}

asio::awaitable<void> redis_store::acquire_some(std::span<const storage_key> keys,
                                                lease_terms terms, std::string channel,
                                                std::span<acquired> to)
{
    const auto poll = channel.empty() ? untold_poll : options_.poll();
    std::vector<acquiring> all;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        all.emplace_back(keys[i], new_token(), poll, to[i]);
        if (!channel.empty()) // before the server is told that somebody listens
            wakes_.add(names_.entry(keys[i]), *terms.waker);
    }
    // A second round is for what the script could not know. More of them only if others change the
    // key all the time: then `bypass` stands.
    for (int round = 0; round < most_rounds; ++round) {
        const bool done =
            std::none_of(all.begin(), all.end(), [](const acquiring& one) { return one.open; });
        if (done)
            break;
        auto asking = acquire_round(&all, terms, channel);
        co_await std::move(asking);
    }
}

asio::awaitable<void> redis_store::acquire_round(std::vector<acquiring>* all, lease_terms terms,
                                                 std::string channel)
{
    std::vector<acquiring*> asked;
    std::vector<storage_key> keys;
    for (acquiring& one : *all)
        if (one.open) {
            asked.push_back(&one);
            keys.push_back(*one.key);
        }
    const std::string age = terms.max_age ? std::to_string(terms.max_age->count()) : std::string();
    redis_trip trip;
    const marks_question question(trip, names_, keys);
    const std::size_t first = trip.size();
    for (const acquiring* one : asked)
        trip.run(redis_script::acquire, names_.entry(*one->key), token_text(one->token),
                 grace_number(terms.lease_for), known(one->key->space), age, one->dead_content,
                 one->stale_content, one->stale_since, one->void_lease, channel);
    trip.may_repeat(); // the same token is granted once more
    const auto report = watch();
    auto sending = line_.send(std::move(trip), report);
    redis_replies replies = co_await std::move(sending);
    void_unwatched(report, keys);
    redis_places seen = question.read(replies, markers_);
    for (std::size_t i = 0; i < asked.size(); ++i)
        asked[i]->read(answer_in(replies[first + i]), envelope_, line_);
    auto settling = settle(std::move(asked), std::move(seen), terms.lease_for);
    co_await std::move(settling);
}

asio::awaitable<void> redis_store::settle(std::vector<acquiring*> asked, redis_places seen,
                                          milliseconds lease_for)
{
    std::vector<redis_subject> subjects;
    for (const acquiring* one : asked)
        if (one->content)
            subjects.emplace_back(*one->key, one->content->captured, one->content->tags());
    auto judging = judge(std::move(subjects), seen);
    const auto verdicts = co_await std::move(judging);
    std::size_t next = 0;
    for (acquiring* one : asked) {
        const judgement how = one->content ? verdicts[next++] : judgement();
        one->conclude(how, seen.at({one->key->space, one->key->group}), lease_for);
    }
    auto minting = mint_lost(seen);
    co_await std::move(minting);
}

asio::awaitable<bool> redis_store::do_renew(storage_key key, lease grant, milliseconds lease_for)
{
    const auto place = enter();
    check(key);
    if (!grant)
        co_return false;
    redis_trip trip;
    const marks_question question(trip, names_, std::span(&key, 1));
    const auto at = trip.run(redis_script::renew, names_.entry(key), token_text(grant),
                             grace_number(lease_for));
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    const redis_places seen = question.read(replies, markers_);
    const auto& marks = seen.begin()->second;
    co_return word_of(answer_in(replies[at])) == "done" && marks && !marks->clears(grant.sequence);
}

asio::awaitable<void> redis_store::do_abandon(storage_key key, lease grant)
{
    const auto place = enter();
    check(key);
    if (!grant)
        co_return;
    redis_trip trip;
    trip.run(redis_script::abandon, names_.entry(key), token_text(grant));
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    answer_in(replies[0]);
}

} // namespace coffer::detail
