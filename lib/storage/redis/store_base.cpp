// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/store.hpp"

#include "core/base64url.hpp"

#include <algorithm>
#include <stdexcept>

namespace coffer::detail {
namespace {

using boost::system::system_error;

redis_place place_of(const storage_key& key)
{
    return {key.space, key.group};
}

std::mt19937_64 seeded()
{
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(),
                       device(), device(), device(), device()};
    return std::mt19937_64(seed);
}

envelope_options room_for(envelope_options how, std::size_t largest)
{
    how.max_payload(std::max(how.max_payload(), largest));
    return how;
}

/// Of `all` those of some tags, which are in `names` in the same order as in `all`.
std::vector<redis_marker> pick(const std::vector<redis_marker>& all,
                               const std::vector<std::string>& names,
                               const std::vector<std::string>& tags)
{
    std::vector<redis_marker> picked;
    for (const std::string& tag : tags) {
        const auto at = std::lower_bound(names.begin(), names.end(), tag);
        picked.push_back(all.at(static_cast<std::size_t>(at - names.begin())));
    }
    return picked;
}

} // namespace

redis_store_base::redis_store_base(redis::client over, const redis_storage_options& options,
                                   bool owned)
    : options_(options), names_(options.prefix()),
      envelope_(room_for(options.envelope(), options.max_value())), random_(seeded()),
      line_(std::move(over), options, owned),
      wakes_(line_.client(), options_, names_.wakes(to_base64url(token_text(new_token()))))
{}

background::place redis_store_base::enter() const
{
    return running_.enter();
}

void redis_store_base::check(const storage_key& key) const
{
    if (key.space.starts_with('@'))
        throw std::invalid_argument("coffer: a space that begins with '@' in a Redis storage; make "
                                    "keys by coffer::key_path");
    const std::size_t place = key.space.size() + key.group.size();
    if (place + key.id.size() + 2 > options_.max_key() || place > redis_names::longest_place)
        throw system_error(errc::key_too_large, describe());
}

void redis_store_base::check(const storage_key& key, const entry& value) const
{
    check(key);
    if (value.payload.size() > options_.max_value())
        throw system_error(errc::value_too_large, describe());
}

lease redis_store_base::new_token()
{
    const std::lock_guard lock(random_mutex_);
    lease result;
    do
        result.token = {random_(), random_()};
    while (!result);
    return result;
}

unsigned redis_store_base::three_digits()
{
    const std::lock_guard lock(random_mutex_);
    return static_cast<unsigned>(random_() % 1'000);
}

// ---- coherence

std::shared_ptr<coherence_board> redis_store_base::watched_board()
{
    std::call_once(watch_once_, [this] {
        coherence_ =
            std::make_shared<redis_coherence>(line_.client().clock(), options_.max_silence());
        line_.client().track(coherence_, options_.max_silence());
        watching_.store(true, std::memory_order_release);
    });
    return coherence_->board();
}

std::shared_ptr<redis::tracked_reads> redis_store_base::watch() const
{
    return coherence() ? std::make_shared<redis::tracked_reads>() : nullptr;
}

void redis_store_base::void_unwatched(const std::shared_ptr<redis::tracked_reads>& report,
                                      std::span<const storage_key> keys) const
{
    if (report && !report->complete())
        change_of(keys); // as if they had been changed meanwhile
}

redis_change redis_store_base::change_of(std::span<const storage_key> keys) const
{
    auto on = coherence();
    if (!on)
        return {};
    redis_change change(std::move(on));
    for (const storage_key& key : keys)
        change.add(names_.entry(key));
    return change;
}

redis_change redis_store_base::change_of_space(const std::string& space) const
{
    auto on = coherence();
    if (!on)
        return {};
    redis_change change(std::move(on));
    change.add(names_.space(space));
    return change;
}

// ---- marks

redis_store_base::marks_question::marks_question(redis_trip& trip, const redis_names& names,
                                                 std::span<const storage_key> keys)
{
    for (const storage_key& key : keys) {
        auto place = place_of(key);
        if (at_.contains(place))
            continue;
        const auto which = trip.marks(names.space(key.space), redis_marks::wanted(key.group));
        at_.emplace(std::move(place), which);
    }
}

redis_places redis_store_base::marks_question::read(const redis_replies& replies,
                                                    redis_marker_cache& markers) const
{
    redis_places seen;
    for (const auto& [place, which] : at_) {
        const redis_reply& reply = replies.at(which);
        if (!reply && !reply.error().is("WRONGTYPE"))
            throw redis::error(reply.error());
        auto& marks = seen[place];
        if (reply)
            marks = redis_marks::read(*reply);
        if (marks)
            markers.saw(place.first, marks->sequence);
    }
    return seen;
}

std::uint64_t redis_store_base::known(const std::string& space) const
{
    return markers_.known(space).value_or(0);
}

asio::awaitable<std::uint64_t> redis_store_base::mint(std::string space)
{
    redis_trip trip;
    trip.run(redis_script::mint, names_.space(space), three_digits());
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    redis_replies replies = co_await std::move(sending);
    const redis_fields answer = replies.at(0).value();
    const auto sequence =
        answer.empty() ? std::nullopt : number_in<std::uint64_t>(answer[0].value_or(""));
    if (!sequence)
        throw system_error(errc::unexpected_reply, "a sequence from " + describe());
    markers_.saw(space, *sequence);
    co_return *sequence;
}

asio::awaitable<void> redis_store_base::learn(std::span<const storage_key> keys)
{
    const std::string* last = nullptr;
    for (const storage_key& key : keys) {
        if (last && *last == key.space)
            continue;
        last = &key.space;
        if (markers_.known(key.space))
            continue;
        auto minting = mint(key.space);
        co_await std::move(minting);
    }
}

asio::awaitable<void> redis_store_base::mint_lost(const redis_places& seen)
{
    for (const auto& [place, marks] : seen) {
        if (marks)
            continue;
        auto minting = mint(place.first);
        co_await std::move(minting);
    }
}

/// The marks of the places of these keys, which all have a sequence then.
asio::awaitable<redis_places> redis_store_base::look_up(std::span<const storage_key> keys)
{
    constexpr int most_rounds = 4; // more only if the server loses what was minted
    for (int round = 0; round < most_rounds; ++round) {
        redis_trip trip;
        const marks_question question(trip, names_, keys);
        trip.may_repeat();
        auto sending = line_.send(std::move(trip));
        const redis_replies replies = co_await std::move(sending);
        redis_places seen = question.read(replies, markers_);
        const bool complete =
            std::all_of(seen.begin(), seen.end(), [](const auto& one) { return one.second; });
        if (complete)
            co_return seen;
        auto minting = mint_lost(seen);
        co_await std::move(minting);
    }
    throw system_error(errc::unexpected_reply, "the marks of " + describe());
}

asio::awaitable<redis_places> redis_store_base::marks_before(std::span<const storage_key> keys)
{
    if (line_.is_spread()) {
        auto looking = look_up(keys);
        co_return co_await std::move(looking);
    }
    auto learning = learn(keys);
    co_await std::move(learning);
    co_return redis_places();
}

std::uint64_t redis_store_base::sequence_before(const storage_key& key,
                                                const redis_places& before) const
{
    const auto found = before.find(place_of(key));
    return found == before.end() ? known(key.space) : found->second->sequence;
}

asio::awaitable<void>
redis_store_base::find_markers(std::vector<redis_subject> all,
                               std::map<redis_place, redis_marks>* found,
                               std::map<redis_place, std::vector<std::string>>* tags_of)
{
    for (const redis_subject& one : all) {
        auto& tags = (*tags_of)[place_of(*one.key)];
        tags.insert(tags.end(), one.tags->begin(), one.tags->end());
    }
    redis_trip trip;
    for (auto& [place, tags] : *tags_of) {
        std::sort(tags.begin(), tags.end());
        tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
        trip.marks(names_.space(place.first), redis_marks::wanted(place.second, tags));
    }
    trip.may_repeat();
    auto sending = line_.send(std::move(trip));
    const redis_replies replies = co_await std::move(sending);
    std::size_t at = 0;
    for (const auto& [place, tags] : *tags_of) {
        const redis_reply& reply = replies.at(at++);
        auto marks = reply ? redis_marks::read(*reply) : std::nullopt;
        if (!marks || marks->tags.size() != tags.size())
            continue; // lost meanwhile: all of it is void
        markers_.keep(place.first, *marks, tags);
        found->emplace(place, std::move(*marks));
    }
}

/// Of one, as far as it can be told without asking for more.
std::optional<redis_marks::judgement>
redis_store_base::judge_now(const redis_subject& one, const std::optional<redis_marks>& marks) const
{
    judgement dead;
    dead.what = verdict::dead;
    if (!marks)
        return dead;
    if (marks->is_behind(one.captured))
        return std::nullopt;
    if (marks->clears(one.captured))
        return dead;
    if (one.tags->empty() || one.captured == marks->sequence)
        return judgement();
    const auto known = markers_.find(one.key->space, marks->sequence, *one.tags);
    if (!known)
        return std::nullopt;
    return marks->judge(one.captured, *known);
}

asio::awaitable<std::vector<redis_marks::judgement>>
redis_store_base::judge(std::vector<redis_subject> all, const redis_places& seen)
{
    std::vector<judgement> results(all.size());
    std::vector<redis_subject> open;
    std::vector<std::size_t> open_at;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (const auto known = judge_now(all[i], seen.at(place_of(*all[i].key)))) {
            results[i] = *known;
            continue;
        }
        open.push_back(all[i]);
        open_at.push_back(i);
    }
    if (open.empty())
        co_return results;
    std::map<redis_place, redis_marks> found;
    std::map<redis_place, std::vector<std::string>> tags_of;
    auto finding = find_markers(open, &found, &tags_of);
    co_await std::move(finding);
    for (std::size_t i = 0; i < open.size(); ++i) {
        const auto place = place_of(*open[i].key);
        const auto marks = found.find(place);
        results[open_at[i]].what = verdict::dead;
        if (marks != found.end())
            results[open_at[i]] = marks->second.judge(
                open[i].captured, pick(marks->second.tags, tags_of[place], *open[i].tags));
    }
    co_return results;
}

// ---- what is written and read

redis_store_base::writing redis_store_base::write(const storage_key& key, entry value) const
{
    writing result;
    result.version = version_text(value.version);
    result.lifetime = lifetime_number(value.lifetime);
    result.grace = grace_number(value.grace);
    result.tags = tags_text(value.tags);
    if (redis_names::is_short_for(key))
        result.whole = key.text();
    // The times are the server's, in fields of their own: those of the envelope would be told by
    // the clock of whoever reads it.
    value.lifetime = never;
    value.grace = milliseconds(0);
    if (result.lifetime != 0)
        result.bytes = envelope_.encode(key, value, clock().wall());
    return result;
}

redis_fields& answer_in(redis_reply& reply)
{
    if (!reply)
        throw redis::error(reply.error());
    if (reply->size() < 2 || !(*reply)[0] || !(*reply)[1])
        throw system_error(errc::unexpected_reply, "a script of the Redis storage");
    return *reply;
}

std::int64_t time_of(const redis_fields& answer)
{
    return number_in<std::int64_t>(*answer[0]).value_or(0);
}

std::string_view word_of(const redis_fields& answer)
{
    return *answer[1];
}

} // namespace coffer::detail
