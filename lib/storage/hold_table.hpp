// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/storage_key.hpp>

#include <map>
#include <string>
#include <vector>

namespace coffer::detail {

/// Which keys are held by writers that are about to commit, by whom and until when.
///
/// Bounded by refusing: a hold that is dropped would be a protection that is lost.
class hold_table {
public:
    explicit hold_table(std::size_t most) : most_(most) {}

    /// False if the table is full of holds that have not run out.
    bool hold(const storage_key& key, std::string owner, clock::steady_time until,
              clock::steady_time now);
    void release(const storage_key& key, const std::string& owner);
    bool held(const storage_key& key, clock::steady_time now);

private:
    struct one_hold {
        std::string owner;
        clock::steady_time until;
    };
    using holds = std::vector<one_hold>; // few: the writers of one key at one time

    static void drop_ended(holds& of, clock::steady_time now);
    void sweep(clock::steady_time now);

    const std::size_t most_;
    std::map<storage_key, holds> by_key_;
};

} // namespace coffer::detail
