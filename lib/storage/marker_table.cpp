// SPDX-License-Identifier: BSL-1.0
#include "storage/marker_table.hpp"

#include <algorithm>
#include <functional>

namespace coffer::detail {

std::size_t marker_table::hash::operator()(const auto& one) const noexcept
{
    const name_view name = view(one);
    const std::hash<std::string_view> text;
    return text(name.space) * 31 + text(name.name);
}

bool marker_table::equal::operator()(const auto& left, const auto& right) const noexcept
{
    const name_view a = view(left);
    const name_view b = view(right);
    return a.space == b.space && a.name == b.name;
}

void marker_table::bump(std::string_view space, std::string_view name, invalidation mode,
                        std::uint64_t sequence, clock::steady_time now)
{
    marker& one = touch({space, name});
    latest_ = sequence;
    if (mode == invalidation::hard) {
        one.hard = sequence;
    } else {
        one.soft = sequence;
        one.soft_at = now;
    }
    if (by_name_.size() > most_)
        forget_oldest();
}

marker_table::marker& marker_table::touch(name_view which)
{
    if (auto at = by_name_.find(which); at != by_name_.end()) {
        by_age_.splice(by_age_.end(), by_age_, *at);
        return **at;
    }
    // It may have had a marker that is forgotten, so it starts with what that may have said.
    marker fresh{std::string(which.space), std::string(which.name), forgotten_, 0, {}};
    const auto at = by_age_.insert(by_age_.end(), std::move(fresh));
    by_name_.insert(at);
    return *at;
}

void marker_table::forget_oldest()
{
    const auto oldest = by_age_.begin();
    forgotten_ = std::max({forgotten_, oldest->hard, oldest->soft});
    by_name_.erase(by_name_.find(oldest));
    by_age_.erase(oldest);
}

marker_table::verdict marker_table::judge(std::string_view space, std::string_view name,
                                          std::uint64_t captured) const
{
    verdict result;
    if (captured >= latest_)
        return result;
    const auto at = by_name_.find(name_view{space, name});
    if (at == by_name_.end()) {
        result.dead = captured < forgotten_;
        return result;
    }
    const marker& one = **at;
    result.dead = captured < one.hard;
    result.stale = captured < one.soft;
    result.stale_since = one.soft_at;
    return result;
}

} // namespace coffer::detail
