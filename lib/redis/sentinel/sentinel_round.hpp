// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/sentinel/sentinel_answer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coffer::redis::detail {

/// All Sentinels are asked once where the master is: which answer counts. Without I/O.
///
/// Of several answers the one of the newest fail-over counts, if the server that it names says
/// itself that it is a master. One that is older than what is known already does not: a Sentinel
/// that was cut off would send writes to a master that is none any more. It is decided once most
/// have answered, or no other answer can come.
class sentinel_round {
public:
    enum class state : std::uint8_t { open, found, failed };

    /// `epoch` is that of the master that is known, or 0.
    sentinel_round(std::string master, std::vector<endpoint> asked, std::uint64_t epoch);

    const std::vector<endpoint>& asked() const noexcept { return asked_; }

    /// A Sentinel has answered. Returns the server that is to be asked for its role now: none, or
    /// one that was not returned before.
    std::optional<endpoint> answered(std::size_t which, sentinel_answer what);
    /// It has not, and why.
    void missed(std::size_t which, std::string why);
    /// A server that was returned says that it is a master; or that it is none, or nothing.
    void confirmed(const endpoint& at);
    void refuted(const endpoint& at, std::string why);

    state now() const;
    /// The answer that counts, and whose it is. Precondition: found.
    const sentinel_answer& found() const { return *answers_[found_by()]; }
    std::size_t found_by() const { return *winner(); }
    /// What each of them said.
    std::string failure() const;

private:
    struct candidate {
        endpoint at;
        enum class standing : std::uint8_t { asked, master, none } is = standing::asked;
        std::string why;
    };

    std::uint64_t newest() const;
    const candidate* candidate_at(const endpoint& at) const;
    std::optional<std::size_t> winner() const;
    bool can_still_win() const;
    std::string said_by(std::size_t which) const;

    const std::string master_;
    const std::vector<endpoint> asked_;
    const std::uint64_t known_epoch_;
    std::vector<std::optional<sentinel_answer>> answers_;
    std::vector<std::string> missed_; // why; empty: it has answered, or may yet
    std::vector<candidate> candidates_;
    std::size_t outstanding_;
};

} // namespace coffer::redis::detail
