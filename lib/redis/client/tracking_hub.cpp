// SPDX-License-Identifier: BSL-1.0
#include "redis/client/tracking_hub.hpp"

#include "redis/client/tracker.hpp"

#include <algorithm>

namespace coffer::redis::detail {

void tracking_hub::add(std::weak_ptr<key_observer> by, std::chrono::milliseconds silence)
{
    observers_.emplace_back(std::move(by), silence);
}

bool tracking_hub::wanted()
{
    std::erase_if(observers_, [](const auto& one) { return one.first.expired(); });
    return !observers_.empty();
}

std::chrono::milliseconds tracking_hub::silence() const noexcept
{
    auto shortest = std::chrono::milliseconds::max();
    for (const auto& [observer, silence] : observers_)
        shortest = std::min(shortest, silence);
    return shortest;
}

void tracking_hub::changed(std::string_view key)
{
    for (const auto& [observer, silence] : observers_)
        if (const auto alive = observer.lock())
            alive->changed(key);
}

void tracking_hub::all_changed()
{
    for (const auto& [observer, silence] : observers_)
        if (const auto alive = observer.lock())
            alive->all_changed();
}

/// A tracker that tells of nothing yet has nothing to be trusted for; when one ceases to tell, all
/// it has told of is void.
void tracking_hub::proved()
{
    auto all_before = clock::steady_time::max();
    for (const tracker* one : trackers_)
        if (one->proof())
            all_before = std::min(all_before, *one->proof());
    if (all_before == clock::steady_time::max())
        return;
    for (const auto& [observer, silence] : observers_)
        if (const auto alive = observer.lock())
            alive->told_all_before(all_before);
}

} // namespace coffer::redis::detail
