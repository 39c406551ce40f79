// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace catalog {

/// When an operation ran, as its client saw it.
struct interval {
    using time = std::chrono::steady_clock::time_point;
    time begin;
    time end;
};

/// What clients wrote and read of one record, for judging it afterwards.
///
/// Threads: `add_write` from one writer, which waits for each answer; `add_read` from any.
class history {
public:
    /// The writer's request that made `revision` with this `name`.
    void add_write(interval when, std::int64_t revision, std::string name);
    void add_read(interval when, std::int64_t revision, std::string name);

    struct verdict {
        std::size_t writes = 0;
        std::size_t reads = 0;
        std::size_t overlapping = 0; // reads during which a write ran
        std::size_t stale = 0;       // older than a write answered before the read began
        std::size_t premature = 0;   // of a write that had not begun when the read was answered
        std::size_t torn = 0;        // a name that does not belong to the revision
        bool holds() const noexcept { return stale + premature + torn == 0; }
    };
    /// What is wrong with the reads. Those of revisions older than the first write count as stale.
    verdict judge() const;

private:
    struct operation {
        interval when;
        std::int64_t revision;
        std::string name;
    };
    void judge(const operation& read, verdict& all) const;

    mutable std::mutex mutex_;
    std::vector<operation> writes_; // in the order of time, and so of revisions
    std::vector<operation> reads_;
};

} // namespace catalog
