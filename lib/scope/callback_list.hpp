// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scope/scope_level.hpp"

#include <coffer/detail/scope_callback.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace coffer::detail {

/// How a transaction ended.
enum class scope_end : std::uint8_t { committed, rolled_back };

/// When a callback runs.
enum class run_on : std::uint8_t {
    commit,
    rollback,
    either, ///< an `after_rollback` whose part rolled back before the transaction ended
};

struct scope_entry {
    std::uint64_t sequence;
    run_on when;
    const scope_level* level;
    std::string identity; ///< empty: not an intent
    int strength;
    std::unique_ptr<scope_callback> action;
};

/// What is registered on a transaction, in order.
///
/// An intent (an entry with an identity) occurs once for each level. Whatever an operation takes
/// out of the list it returns, to be destroyed outside the lock: a callback's destructor is the
/// user's code and may call back.
class callback_list {
public:
    using entries = std::list<scope_entry>;

    [[nodiscard]] entries add(scope_entry entry);
    /// Gives what `from` registered to `to`.
    [[nodiscard]] entries merge(const scope_level& from, const scope_level& to);
    /// Gives everything to `to`.
    [[nodiscard]] entries merge_all(const scope_level& to);
    /// Takes out what `level` and everything in it registered, except that their `after_rollback`
    /// callbacks pass to `outermost`, to run at its end.
    [[nodiscard]] entries drop(const scope_level& level, const scope_level& outermost);
    /// Takes out what does not run at such an end.
    [[nodiscard]] entries settle(scope_end end);
    /// Takes out the first entry; none if the list is empty.
    [[nodiscard]] entries pop();
    [[nodiscard]] entries take_all() noexcept;

    bool has_intents() const noexcept { return !intents_.empty(); }

private:
    using position = entries::iterator;

    position first_since(std::uint64_t begin);
    position find(const std::string& identity, const scope_level& level);
    position give(position at, const scope_level& to, entries& unused);
    void forget(position at);
    void move_out(position at, entries& to);

    entries list_;                                                   // ascending by sequence
    std::unordered_map<std::string, std::vector<position>> intents_; // vectors are never empty
};

} // namespace coffer::detail
