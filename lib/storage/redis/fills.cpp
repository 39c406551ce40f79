// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

#include <algorithm>

namespace coffer::detail {
namespace {

using boost::system::system_error;

/// As the script writes it.
std::int64_t fresh_until(std::int64_t now, std::int64_t lifetime)
{
    return lifetime < 0 ? redis_never : std::min(now + lifetime, redis_never);
}

} // namespace

/// What a fill has stored, as it must be found again.
class redis_store::kept_entry {
public:
    kept_entry(const storage_key* of, const std::vector<std::string>* with, std::uint64_t sequence,
               std::string by, std::int64_t until)
        : key(of), tags(with), captured_(sequence), id_(std::move(by)), fresh_until_(until)
    {}

    const storage_key* key;
    const std::vector<std::string>* tags;

    /// Told the marks of its space and tags, and its fields `i` and `f`.
    bool is_in(const redis_reply& space, const redis_reply& found) const
    {
        const auto marks = space ? redis_marks::read(*space) : std::nullopt;
        return marks && marks->judge(captured_, marks->tags).what == verdict::valid && found &&
               found->size() == 2 && (*found)[0] == id_ &&
               (*found)[1] == std::to_string(fresh_until_);
    }

private:
    std::uint64_t captured_;
    std::string id_;
    std::int64_t fresh_until_;
};

asio::awaitable<fill_state> redis_store::do_fill(storage_key key, lease grant, entry value)
{
    std::vector<storage_key> keys{std::move(key)};
    std::vector<lease> grants{grant};
    std::vector<entry> values;
    values.push_back(std::move(value));
    auto filling = do_fill_many(std::move(keys), std::move(grants), std::move(values));
    const auto states = co_await std::move(filling);
    co_return states.front();
}

asio::awaitable<std::vector<fill_state>> redis_store::do_fill_many(std::vector<storage_key> keys,
                                                                   std::vector<lease> grants,
                                                                   std::vector<entry> values)
{
    BOOST_ASSERT(keys.size() == grants.size() && keys.size() == values.size());
    const auto place = enter();
    for (std::size_t i = 0; i < keys.size(); ++i)
        check(keys[i], values[i]);
    std::vector<fill_state> states(keys.size(), fill_state::lease_lost);
    for (std::size_t from = 0; from < keys.size(); from += most_in_a_trip) {
        const std::size_t count = std::min(most_in_a_trip, keys.size() - from);
        auto some = fill_some(
            std::span(keys).subspan(from, count), std::span(grants).subspan(from, count),
            std::span(values).subspan(from, count), std::span(states).subspan(from, count));
        co_await std::move(some);
    }
    co_return states;
}

/// The entry keeps the sequence from before its load, so what was bumped or cleared since has made
/// it void wherever it is read, and the fill needs no check together with the marks: they may be
/// read before it or after it, on another server. They only make for an honest answer.
asio::awaitable<void> redis_store::fill_some(std::span<const storage_key> keys,
                                             std::span<const lease> by, std::span<entry> values,
                                             std::span<fill_state> to)
{
    const bool at_home = co_await is_at_home();
    redis_trip trip;
    std::vector<std::vector<std::string>> tags(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        tags[i] = values[i].tags;
        trip.marks(names_.space(keys[i].space), redis_marks::wanted(keys[i].group, tags[i]));
    }
    const std::size_t first = trip.size();
    std::vector<writing> written;
    written.reserve(keys.size()); // their bytes are sent from where they are
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const writing& w = written.emplace_back(write(keys[i], std::move(values[i])));
        ids.push_back(token_text(new_token()));
        const auto run = [&](const auto& bytes) {
            // An absent lease has no token that any could have.
            trip.run(redis_script::fill, names_.entry(keys[i]),
                     by[i] ? token_text(by[i]) : std::string("-"), w.version, w.lifetime, w.grace,
                     by[i].sequence, bytes, w.tags, w.whole, ids[i]);
        };
        at_home ? run(redis::borrowed{w.bytes}) : run(w.bytes);
    }
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    redis_trip undo;
    std::vector<kept_entry> kept;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const redis_fields& answer = answer_in(replies[first + i]);
        to[i] = state_in(answer);
        const auto marks = redis_marks::read(replies[i] ? *replies[i] : redis_fields());
        if (to[i] == fill_state::held || to[i] == fill_state::lease_lost)
            continue;
        if (marks && marks->judge(by[i].sequence, marks->tags).what == verdict::valid) {
            if (to[i] == fill_state::stored && written[i].lifetime != 0)
                kept.emplace_back(&keys[i], &tags[i], by[i].sequence, ids[i],
                                  fresh_until(time_of(answer), written[i].lifetime));
            continue;
        }
        if (to[i] == fill_state::stored)
            undo.run(redis_script::amend, names_.entry(keys[i]), ids[i], "");
        to[i] = fill_state::lease_lost;
    }
    auto undoing = amend(std::move(undo));
    co_await std::move(undoing);
    if (!coherence())
        co_return;
    auto watching = watch_filled(std::move(kept));
    co_await std::move(watching);
}

/// A write takes the name from what its server watches, whoever makes it: so what was filled is
/// read once more, over the connection that tells of changes. It is watched if it is still the
/// fill's own then; else near tiers do not keep it.
asio::awaitable<void> redis_store::watch_filled(std::vector<kept_entry> all)
{
    std::vector<storage_key> keys;
    redis_trip trip;
    for (const kept_entry& one : all) {
        keys.push_back(*one.key);
        trip.marks(names_.space(one.key->space), redis_marks::wanted(one.key->group, *one.tags));
        trip.fields(names_.entry(*one.key), {"i", "f"});
    }
    if (keys.empty())
        co_return;
    trip.may_repeat();
    const auto report = watch();
    redis_replies replies;
    try {
        auto sending = line_.send(std::move(trip), report);
        replies = co_await std::move(sending);
    } catch (const system_error&) { // the fill stands
    }
    if (replies.empty())
        report->miss();
    void_unwatched(report, keys);
    for (std::size_t i = 0; i < all.size() && !replies.empty(); ++i)
        if (!all[i].is_in(replies[2 * i], replies[2 * i + 1]))
            change_of(std::span(keys).subspan(i, 1));
}

} // namespace coffer::detail
