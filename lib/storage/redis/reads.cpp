// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/operations.hpp"

namespace coffer::detail {
namespace {

using boost::system::system_error;

constexpr std::size_t first_of_content = 2; // in what the script `get` answers

template <class T>
std::span<T> part(std::vector<T>& all, std::size_t from, std::size_t most)
{
    return std::span<T>(all).subspan(from, std::min(most, all.size() - from));
}

} // namespace

asio::awaitable<std::optional<stored_entry>> redis_store::do_get(storage_key key)
{
    std::vector<storage_key> one{std::move(key)};
    auto asking = do_get_many(std::move(one));
    auto found = co_await std::move(asking);
    co_return std::move(found.front());
}

asio::awaitable<std::vector<std::optional<stored_entry>>>
redis_store::do_get_many(std::vector<storage_key> keys)
{
    const auto place = enter();
    for (const storage_key& key : keys)
        check(key);
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    std::vector<std::optional<stored_entry>> results(keys.size());
    for (std::size_t from = 0; from < keys.size(); from += most_in_a_trip) {
        auto some = get_some(part(keys, from, most_in_a_trip), part(results, from, most_in_a_trip));
        co_await std::move(some);
    }
    co_return results;
}

asio::awaitable<void> redis_store::get_some(std::span<const storage_key> keys,
                                            std::span<std::optional<stored_entry>> to)
{
    redis_trip trip;
    const marks_question question(trip, names_, keys);
    const std::size_t first = trip.size();
    for (const storage_key& key : keys)
        trip.run(redis_script::get, names_.entry(key));
    trip.may_repeat();
    const auto report = watch();
    auto sending = line_.send(std::move(trip), report);
    redis_replies replies = co_await std::move(sending);
    void_unwatched(report, keys);
    const redis_places seen = question.read(replies, markers_);

    std::vector<std::optional<redis_content>> found(keys.size());
    std::vector<std::int64_t> now(keys.size());
    std::vector<redis_subject> subjects;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        redis_fields& answer = answer_in(replies[first + i]);
        now[i] = time_of(answer);
        if (word_of(answer) == "none")
            continue;
        found[i] = redis_content::read(answer, first_of_content, keys[i], envelope_);
        if (!found[i]) {
            line_.count_unreadable();
            continue;
        }
        subjects.emplace_back(keys[i], found[i]->captured, found[i]->tags());
        of.push_back(i);
    }
    auto judging = judge(std::move(subjects), seen);
    const auto verdicts = co_await std::move(judging);
    for (std::size_t k = 0; k < of.size(); ++k) {
        auto& content = found[of[k]];
        if (verdicts[k].what == verdict::dead)
            continue;
        if (verdicts[k].what == verdict::stale)
            content->age_from(verdicts[k].stale_since);
        if (!content->is_over(now[of[k]]))
            to[of[k]] = std::move(*content).at(now[of[k]]);
    }
}

asio::awaitable<storage::page> redis_store::do_scan(std::string space, std::string from,
                                                    std::size_t about)
{
    const auto place = enter();
    auto preparing = line_.get_ready();
    co_await std::move(preparing);
    const std::size_t count = std::clamp<std::size_t>(about, 100, most_in_a_trip);
    auto walking = line_.scan(std::move(from), names_.pattern(space), count);
    redis_line::scanned seen = co_await std::move(walking);
    page result;
    result.next = std::move(seen.next);
    auto looking = look_at(space, std::move(seen.names));
    result.keys = co_await std::move(looking);
    co_return result;
}

asio::awaitable<std::vector<storage_key>> redis_store::look_at(std::string space,
                                                               std::vector<std::string> names)
{
    redis_trip trip;
    for (const std::string& name : names)
        trip.run(redis_script::look, name);
    std::vector<storage_key> keys;
    if (names.empty())
        co_return keys;
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    std::vector<std::uint64_t> captured;
    std::vector<std::vector<std::string>> tags;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const redis_fields& answer = answer_in(replies[i]);
        if (word_of(answer) != "there" || answer.size() != 5)
            continue;
        auto key = answer[4] ? redis_names::key_from_text(*answer[4], space)
                             : names_.key_of(names[i], space);
        const auto sequence = number_in<std::uint64_t>(answer[2].value_or(""));
        auto its_tags = tags_in(answer[3].value_or(""));
        if (!key || !sequence || !its_tags)
            continue;
        keys.push_back(std::move(*key));
        captured.push_back(*sequence);
        tags.push_back(std::move(*its_tags));
    }
    if (keys.empty())
        co_return keys;
    redis_trip more;
    const marks_question question(more, names_, keys);
    more.may_repeat();
    auto asking = line_.send(std::move(more));
    const redis_replies marks = co_await std::move(asking);
    std::vector<redis_subject> subjects;
    for (std::size_t i = 0; i < keys.size(); ++i)
        subjects.emplace_back(keys[i], captured[i], tags[i]);
    const redis_places seen = question.read(marks, markers_);
    auto judging = judge(std::move(subjects), seen);
    const auto verdicts = co_await std::move(judging);
    std::vector<storage_key> valid;
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (verdicts[i].what != verdict::dead)
            valid.push_back(std::move(keys[i]));
    co_return valid;
}

} // namespace coffer::detail
