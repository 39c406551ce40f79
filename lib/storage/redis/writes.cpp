// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

#include <exception>

namespace coffer::detail {
namespace {

using boost::system::system_error;

constexpr int most_rounds = 4;

} // namespace

fill_state redis_store::state_in(const redis_fields& answer)
{
    const std::string_view word = word_of(answer);
    if (word == "stored")
        return fill_state::stored;
    if (word == "below_floor")
        return fill_state::below_floor;
    return word == "held" ? fill_state::held : fill_state::lease_lost;
}

/// Sends what only tidies up, if there is anything.
asio::awaitable<void> redis_store::amend(redis_trip trip)
{
    if (trip.size() == 0)
        co_return;
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    for (redis_reply& one : replies)
        answer_in(one);
}

// ---- put

asio::awaitable<fill_state> redis_store::do_put(storage_key key, entry value)
{
    std::vector<storage_key> keys{std::move(key)};
    std::vector<entry> values;
    values.push_back(std::move(value));
    auto putting = do_put_many(std::move(keys), std::move(values));
    const auto states = co_await std::move(putting);
    co_return states.front();
}

asio::awaitable<std::vector<fill_state>> redis_store::do_put_many(std::vector<storage_key> keys,
                                                                  std::vector<entry> values)
{
    BOOST_ASSERT(keys.size() == values.size());
    const auto place = enter();
    const redis_change change = change_of(keys);
    for (std::size_t i = 0; i < keys.size(); ++i)
        check(keys[i], values[i]);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    std::vector<fill_state> states(keys.size());
    for (std::size_t from = 0; from < keys.size(); from += most_in_a_trip) {
        const std::size_t count = std::min(most_in_a_trip, keys.size() - from);
        auto some =
            put_some(std::span(keys).subspan(from, count), std::span(values).subspan(from, count),
                     std::span(states).subspan(from, count));
        co_await std::move(some);
    }
    co_return states;
}

/// What is put keeps the sequence that was known before. If the space had moved on by then, the
/// entry is told so: a put is of the moment in which it is carried out. It may be told only what
/// was read before it was carried out: else a bump in between, after which others found it gone,
/// would be undone.
asio::awaitable<void> redis_store::put_some(std::span<const storage_key> keys,
                                            std::span<entry> values, std::span<fill_state> to)
{
    const bool at_home = co_await is_at_home();
    auto looking = marks_before(keys);
    redis_places seen = co_await std::move(looking);
    redis_trip trip;
    const marks_question question(trip, names_, seen.empty() ? keys : keys.first(0));
    const std::size_t first = trip.size();
    std::vector<writing> written;
    written.reserve(keys.size()); // their bytes are sent from where they are
    std::vector<std::string> ids;
    std::vector<std::uint64_t> sequences;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const writing& w = written.emplace_back(write(keys[i], std::move(values[i])));
        ids.push_back(token_text(new_token()));
        sequences.push_back(sequence_before(keys[i], seen));
        const auto run = [&](const auto& bytes) {
            trip.run(redis_script::put, names_.entry(keys[i]), ids[i], w.version, w.lifetime,
                     w.grace, sequences[i], bytes, w.tags, w.whole,
                     options_.floor_lifetime().count(), "", "");
        };
        at_home ? run(redis::borrowed{w.bytes}) : run(w.bytes);
    }
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    if (seen.empty())
        seen = question.read(replies, markers_);
    redis_trip later;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        to[i] = state_in(answer_in(replies[first + i]));
        const auto& marks = seen.at({keys[i].space, keys[i].group});
        if (to[i] == fill_state::stored && marks && marks->sequence != sequences[i])
            later.run(redis_script::amend, names_.entry(keys[i]), ids[i], marks->sequence);
    }
    auto amending = amend(std::move(later));
    co_await std::move(amending);
}

/// True if what captured this sequence, with these tags, is void, or stale. Each as a script tells
/// it.
asio::awaitable<bool> redis_store::is_outdated(const storage_key& key, std::string sequence,
                                               std::string tags_told, const redis_places& seen)
{
    const auto captured = number_in<std::uint64_t>(sequence);
    const auto tags = tags_in(tags_told);
    if (!captured || !tags)
        co_return true;
    std::vector<redis_subject> one{redis_subject(key, *captured, *tags)};
    auto judging = judge(std::move(one), seen);
    const auto verdicts = co_await std::move(judging);
    co_return verdicts.front().what != verdict::valid;
}

asio::awaitable<bool> redis_store::do_put_if_absent(storage_key key, entry value)
{
    const auto place = enter();
    const redis_change change = change_of(std::span(&key, 1));
    check(key, value);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    const std::span<const storage_key> keys(&key, 1);
    const writing w = write(key, std::move(value));
    const std::string id = token_text(new_token());
    std::string dead;
    for (int round = 0; round < most_rounds; ++round) {
        auto looking = marks_before(keys); // as for a put
        redis_places seen = co_await std::move(looking);
        const std::uint64_t sequence = sequence_before(key, seen);
        redis_trip trip;
        const marks_question question(trip, names_, seen.empty() ? keys : keys.first(0));
        const auto at = trip.run(redis_script::put, names_.entry(key), id, w.version, w.lifetime,
                                 w.grace, sequence, w.bytes, w.tags, w.whole,
                                 options_.floor_lifetime().count(), "absent", dead);
        auto sending = line_.send(std::move(trip));
        redis_replies replies = co_await std::move(sending);
        if (seen.empty())
            seen = question.read(replies, markers_);
        const redis_fields& answer = answer_in(replies[at]);
        if (word_of(answer) != "there") {
            const bool stored = state_in(answer) == fill_state::stored;
            const auto& marks = seen.begin()->second;
            redis_trip later;
            if (stored && marks && marks->sequence != sequence)
                later.run(redis_script::amend, names_.entry(key), id, marks->sequence);
            auto amending = amend(std::move(later));
            co_await std::move(amending);
            co_return stored;
        }
        auto judging = is_outdated(key, answer.at(2).value_or(""), answer.at(3).value_or(""), seen);
        const bool outdated = co_await std::move(judging);
        if (!outdated)
            co_return false;
        dead = answer[2].value_or("");
    }
    co_return false;
}

// ---- what ages and removes

asio::awaitable<void> redis_store::invalidate_some(std::span<const storage_key> keys,
                                                   invalidation mode, std::string floor)
{
    redis_trip trip;
    for (const storage_key& key : keys)
        trip.run(redis_script::invalidate, names_.entry(key),
                 mode == invalidation::hard ? "hard" : "soft", floor,
                 options_.floor_lifetime().count());
    auto sending = amend(std::move(trip));
    co_await std::move(sending);
}

asio::awaitable<void> redis_store::do_invalidate(storage_key key, invalidation mode,
                                                 std::optional<std::uint64_t> floor)
{
    const auto place = enter();
    const redis_change change = change_of(std::span(&key, 1));
    check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    auto sending = invalidate_some(std::span(&key, 1), mode, version_text(floor));
    co_await std::move(sending);
}

asio::awaitable<void> redis_store::do_invalidate_many(std::vector<storage_key> keys,
                                                      invalidation mode)
{
    const auto place = enter();
    const redis_change change = change_of(keys);
    for (const storage_key& key : keys)
        check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    std::exception_ptr first;
    for (std::size_t from = 0; from < keys.size(); from += most_in_a_trip) {
        const std::size_t count = std::min(most_in_a_trip, keys.size() - from);
        try {
            auto some = invalidate_some(std::span(keys).subspan(from, count), mode, {});
            co_await std::move(some);
        } catch (...) {
            if (!first)
                first = std::current_exception();
        }
    }
    if (first)
        std::rethrow_exception(first);
}

asio::awaitable<void> redis_store::move(std::string space, std::string field, const char* how)
{
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    redis_trip trip;
    trip.run(redis_script::bump, names_.space(space), three_digits(), field, how,
             options_.max_markers());
    trip.may_repeat(); // once too often costs misses
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    const redis_fields answer = replies.at(0).value();
    if (const auto sequence = number_in<std::uint64_t>(answer.at(0).value_or("")))
        markers_.saw(space, *sequence);
}

asio::awaitable<void> redis_store::do_bump(std::string space, std::string tag, invalidation mode)
{
    const auto place = enter();
    const redis_change change = change_of_space(space);
    auto moving = move(std::move(space), redis_marks::field_of_tag(tag),
                       mode == invalidation::hard ? "hard" : "soft");
    co_await std::move(moving);
}

asio::awaitable<void> redis_store::do_clear(std::string space, std::string group)
{
    const auto place = enter();
    const redis_change change = change_of_space(space);
    auto moving =
        move(std::move(space), group.empty() ? "c" : redis_marks::field_of_group(group), "clear");
    co_await std::move(moving);
}

// ---- touch, counters, holds

asio::awaitable<bool> redis_store::do_touch(storage_key key, ttl lifetime)
{
    const auto place = enter();
    const redis_change change = change_of(std::span(&key, 1));
    check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    redis_trip trip;
    const marks_question question(trip, names_, std::span(&key, 1));
    const auto at = trip.run(redis_script::touch, names_.entry(key), lifetime_number(lifetime));
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    const redis_places seen = question.read(replies, markers_);
    const redis_fields& answer = answer_in(replies[at]);
    if (word_of(answer) != "done")
        co_return false;
    // What is void stays so, however long it lives.
    auto judging = is_outdated(key, answer.at(2).value_or(""), answer.at(3).value_or(""), seen);
    co_return !co_await std::move(judging);
}

asio::awaitable<std::int64_t> redis_store::do_increment(storage_key key, std::int64_t by,
                                                        counter_terms terms)
{
    const auto place = enter();
    const redis_change change = change_of(std::span(&key, 1));
    check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    const std::span<const storage_key> keys(&key, 1);
    const std::string id = token_text(new_token());
    const std::string floor = terms.floor ? std::to_string(*terms.floor) : std::string();
    const std::string whole = redis_names::is_short_for(key) ? key.text() : std::string();
    std::string dead;
    for (int round = 0; round < most_rounds; ++round) {
        // A new counter is as a put. One that is there counts as cleared only if it was before it
        // was counted on: what was counted is not counted again.
        auto looking = marks_before(keys);
        redis_places seen = co_await std::move(looking);
        const std::uint64_t sequence = sequence_before(key, seen);
        redis_trip trip;
        const marks_question question(trip, names_, seen.empty() ? keys : keys.first(0));
        const auto at = trip.run(redis_script::increment, names_.entry(key), by, terms.initial,
                                 floor, lifetime_number(terms.lifetime), sequence, id, dead, whole);
        auto sending = line_.send(std::move(trip));
        redis_replies replies = co_await std::move(sending);
        if (seen.empty())
            seen = question.read(replies, markers_);
        const redis_fields& answer = answer_in(replies[at]);
        if (word_of(answer) == "range")
            break;
        const bool is_other = word_of(answer) == "there"; // no counter
        const std::string before = answer.at(is_other ? 2 : 3).value_or("");
        if (!before.empty()) {
            const std::string tags = is_other ? answer.at(3).value_or("") : std::string();
            auto judging = is_outdated(key, before, tags, seen);
            const bool outdated = co_await std::move(judging);
            if (is_other && !outdated)
                break;
            if (outdated) {
                dead = before; // it was cleared: what it said does not count
                auto minting = mint_lost(seen);
                co_await std::move(minting);
                continue;
            }
        }
        const auto& marks = seen.begin()->second;
        redis_trip later;
        if (before.empty() && marks && marks->sequence != sequence)
            later.run(redis_script::amend, names_.entry(key), id, marks->sequence);
        auto amending = amend(std::move(later));
        co_await std::move(amending);
        const auto result = number_in<std::int64_t>(answer[2].value_or(""));
        if (!result)
            break;
        co_return *result;
    }
    throw system_error(errc::not_a_counter, describe());
}

asio::awaitable<void> redis_store::do_hold(storage_key key, std::string owner,
                                           milliseconds hold_for)
{
    const auto place = enter();
    const redis_change change = change_of(std::span(&key, 1));
    check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    redis_trip trip;
    trip.run(redis_script::hold, names_.entry(key), owner, grace_number(hold_for),
             options_.max_owners());
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    if (word_of(answer_in(replies[0])) == "full")
        throw system_error(errc::overloaded, "holds of " + describe());
}

asio::awaitable<void> redis_store::do_release(storage_key key, std::string owner)
{
    const auto place = enter();
    check(key);
    redis_trip trip;
    trip.run(redis_script::release, names_.entry(key), owner);
    auto sending = amend(std::move(trip));
    co_await std::move(sending);
}

} // namespace coffer::detail
