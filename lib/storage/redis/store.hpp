// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/redis/coherence.hpp"
#include "storage/redis/content.hpp"
#include "storage/redis/line.hpp"
#include "storage/redis/names.hpp"
#include "storage/redis/wakes.hpp"

#include <coffer/net/background.hpp>

#include <boost/system/system_error.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <utility>

namespace coffer::detail {

/// What marks are kept for: a space, and a group in it.
using redis_place = std::pair<std::string, std::string>;
/// Nothing where the space has no sequence.
using redis_places = std::map<redis_place, std::optional<redis_marks>>;

/// Something that may be void: where it is, and what it captured. Its tags are the caller's.
class redis_subject {
public:
    redis_subject(const storage_key& at, std::uint64_t sequence,
                  const std::vector<std::string>& with)
        : key(&at), captured(sequence), tags(&with)
    {}

    const storage_key* key;
    std::uint64_t captured;
    const std::vector<std::string>* tags;
};

/// What the operations of the Redis storage have in common.
class redis_store_base : public storage {
public:
    using milliseconds = std::chrono::milliseconds;
    using judgement = redis_marks::judgement;
    using verdict = redis_marks::verdict;

    redis_store_base(redis::client over, const redis_storage_options& options, bool owned);

    redis_line& line() noexcept { return line_; }
    background::place enter() const;
    /// Null unless somebody has asked for the board.
    std::shared_ptr<redis_coherence> coherence() const
    {
        return watching_.load(std::memory_order_acquire) ? coherence_ : nullptr;
    }

protected:
    static constexpr std::size_t most_in_a_trip = 1'000;

    void check(const storage_key& key) const;
    void check(const storage_key& key, const entry& value) const;
    lease new_token();
    unsigned three_digits();

    /// Asks for the marks of the places of all these keys; the replies are told to `read_marks`.
    class marks_question;
    /// A sequence that these spaces have had, minting what has none.
    asio::awaitable<void> learn(std::span<const storage_key> keys);
    asio::awaitable<std::uint64_t> mint(std::string space);
    /// For spaces that the server has lost: what it says of them begins with a new sequence.
    asio::awaitable<void> mint_lost(const redis_places& seen);
    std::uint64_t known(const std::string& space) const;
    /// For what takes its sequence from the moment in which it is carried out, as a put: that must
    /// not be one of later. Marks and entry on one server are asked for in one trip, in this order,
    /// and this is empty. Spread over servers they are carried out in any order, so this reads the
    /// marks in a trip of its own.
    asio::awaitable<redis_places> marks_before(std::span<const storage_key> keys);
    /// A sequence that the space had before the next trip, with what `marks_before` gave.
    std::uint64_t sequence_before(const storage_key& key, const redis_places& before) const;
    /// Of what was read in one trip with the marks in `seen`, before or after them: what was
    /// bumped before the trip began is in the marks, in either order. Asks for markers that nobody
    /// knows yet, and again for marks that are older than what they are to judge.
    asio::awaitable<std::vector<judgement>> judge(std::vector<redis_subject> all,
                                                  const redis_places& seen);
    asio::awaitable<void> find_markers(std::vector<redis_subject> all,
                                       std::map<redis_place, redis_marks>* found,
                                       std::map<redis_place, std::vector<std::string>>* tags_of);

    /// From the first call on, servers watch what is read here.
    std::shared_ptr<coherence_board> watched_board();
    /// For a trip that reads what near tiers may keep; null if there are none.
    std::shared_ptr<redis::tracked_reads> watch() const;
    /// Of such a trip: what nobody watches must not be kept.
    void void_unwatched(const std::shared_ptr<redis::tracked_reads>& report,
                        std::span<const storage_key> keys) const;
    redis_change change_of(std::span<const storage_key> keys) const;
    redis_change change_of_space(const std::string& space) const;

    /// The envelope, and what else a store writes.
    class writing;
    writing write(const storage_key& key, entry value) const;

    const redis_storage_options options_;
    const redis_names names_;
    const envelope envelope_;
    std::mutex random_mutex_;
    std::mt19937_64 random_; // guarded by random_mutex_
    redis_line line_;
    redis_wakes wakes_; // its channel has a random name
    redis_marker_cache markers_;
    const background running_;

private:
    asio::awaitable<redis_places> look_up(std::span<const storage_key> keys);
    std::optional<judgement> judge_now(const redis_subject& one,
                                       const std::optional<redis_marks>& marks) const;

    std::once_flag watch_once_;
    std::atomic<bool> watching_{false};          // release: coherence_ is there
    std::shared_ptr<redis_coherence> coherence_; // as of then unchanged
};

class redis_store_base::marks_question {
public:
    marks_question(redis_trip& trip, const redis_names& names, std::span<const storage_key> keys);

    /// Remembers what the space's sequences are, too.
    redis_places read(const redis_replies& replies, redis_marker_cache& markers) const;

private:
    std::map<redis_place, std::size_t> at_; // which command of the trip
};

class redis_store_base::writing {
public:
    std::string version;
    std::int64_t lifetime = 0;
    std::int64_t grace = 0;
    std::string bytes;
    std::string tags;
    std::string whole; // the key's text, if the name does not tell it
};

/// The replies to scripts: the time, a word, and more. Throws what the server refused.
redis_fields& answer_in(redis_reply& reply);
std::int64_t time_of(const redis_fields& answer);
std::string_view word_of(const redis_fields& answer);

} // namespace coffer::detail
