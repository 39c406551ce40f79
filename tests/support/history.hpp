// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// What readers saw and writers did, by a clock that all threads share; and whether that may be.
///
/// Values are versions, of one key growing from write to write. The rule: once an invalidation has
/// returned, a call that begins later gets nothing older than what was written before that
/// invalidation began. What was read by a call that began earlier was current at some moment of it,
/// or is the outcome of a load that it joined before.
///
/// Threads: each writes into a `thread_log` of its own.
class history {
public:
    using moment = std::uint64_t;
    using version = std::uint64_t;

    struct read {
        int key;
        version value;
        moment begin;
        moment end;
    };
    /// All reads of `key` that begin after `done` must see at least `written`.
    struct write {
        int key;
        version written;
        moment begun; // before the version became visible
        moment done;  // its invalidation has returned; `never` if that failed
    };
    static constexpr moment never = std::numeric_limits<moment>::max();

    class thread_log {
    public:
        std::vector<read> reads;
        std::vector<write> writes;
    };

    moment now() noexcept { return ++clock_; }

    void add(thread_log&& log)
    {
        const std::lock_guard lock(mutex_);
        reads_.insert(reads_.end(), log.reads.begin(), log.reads.end());
        writes_.insert(writes_.end(), log.writes.begin(), log.writes.end());
    }

    std::size_t reads() const noexcept { return reads_.size(); }
    /// How many reads saw something else than the read of that key before them.
    std::size_t changes_seen() const
    {
        auto sorted = reads_;
        std::sort(sorted.begin(), sorted.end(), [](const read& a, const read& b) {
            return std::pair(a.key, a.end) < std::pair(b.key, b.end);
        });
        std::size_t seen = 0;
        for (std::size_t i = 1; i < sorted.size(); ++i)
            seen += sorted[i].key == sorted[i - 1].key && sorted[i].value != sorted[i - 1].value;
        return seen;
    }

    /// What must not be, in words; empty if all is well.
    std::vector<std::string> violations() const
    {
        std::map<int, floors> by_key;
        for (const write& one : writes_)
            by_key[one.key].add(one);
        for (auto& [key, floor] : by_key)
            floor.prepare();
        std::vector<std::string> wrong;
        for (const read& one : reads_)
            if (const auto found = by_key.find(one.key); found != by_key.end())
                if (auto text = found->second.judge(one); !text.empty())
                    wrong.push_back(std::move(text));
        return wrong;
    }

private:
    /// What one key's readers must see from when on, and may not see before.
    class floors {
    public:
        void add(const write& one)
        {
            begun_[one.written] = one.begun;
            if (one.done != never)
                done_.emplace_back(one.done, one.written);
        }
        void prepare()
        {
            std::sort(done_.begin(), done_.end());
            version highest = 0;
            for (auto& [when, written] : done_)
                written = highest = std::max(highest, written);
        }
        std::string judge(const read& one) const
        {
            const auto after =
                std::lower_bound(done_.begin(), done_.end(), std::pair(one.begin, version{0}));
            if (after != done_.begin() && one.value < std::prev(after)->second)
                return text(one, "older than", std::prev(after)->second);
            const auto made = begun_.find(one.value);
            if (one.value != 0 && (made == begun_.end() || made->second > one.end))
                return text(one, "before anybody wrote", one.value);
            return {};
        }

    private:
        static std::string text(const read& one, const char* what, version other)
        {
            std::ostringstream out;
            out << "key " << one.key << ": read " << one.value << " in [" << one.begin << ", "
                << one.end << "], " << what << ' ' << other;
            return out.str();
        }

        std::vector<std::pair<moment, version>> done_;
        std::map<version, moment> begun_;
    };

    std::atomic<moment> clock_{0};
    std::mutex mutex_;
    std::vector<read> reads_;
    std::vector<write> writes_;
};

} // namespace support
