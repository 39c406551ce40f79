// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/redis/key_observer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

class tracker;

/// Who hears of changed keys, and which connections tell of them.
///
/// Threads: of the client's executor.
class tracking_hub {
public:
    tracking_hub() = default;
    tracking_hub(const tracking_hub&) = delete;
    tracking_hub& operator=(const tracking_hub&) = delete;

    /// From now on, as long as it lives. It trusts a server for so long after it has answered.
    void add(std::weak_ptr<key_observer> by, std::chrono::milliseconds silence);
    /// True if anybody still listens.
    bool wanted();
    /// The shortest of those times.
    std::chrono::milliseconds silence() const noexcept;

    // What the trackers say.
    void enter(tracker& one) { trackers_.push_back(&one); }
    void leave(const tracker& one) { std::erase(trackers_, &one); }
    void changed(std::string_view key);
    void all_changed();
    /// One of them has been answered.
    void proved();

    const std::vector<tracker*>& trackers() const noexcept { return trackers_; }

private:
    std::vector<std::pair<std::weak_ptr<key_observer>, std::chrono::milliseconds>> observers_;
    std::vector<tracker*> trackers_;
};

} // namespace coffer::redis::detail
