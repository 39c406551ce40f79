// SPDX-License-Identifier: BSL-1.0
#include "redis/sentinel/sentinel_round.hpp"

#include <algorithm>

namespace coffer::redis::detail {

sentinel_round::sentinel_round(std::string master, std::vector<endpoint> asked, std::uint64_t epoch)
    : master_(std::move(master)), asked_(std::move(asked)), known_epoch_(epoch),
      answers_(asked_.size()), missed_(asked_.size()), outstanding_(asked_.size())
{}

std::optional<endpoint> sentinel_round::answered(std::size_t which, sentinel_answer what)
{
    --outstanding_;
    const bool counts = what.master && what.epoch >= known_epoch_;
    const auto place = what.master;
    answers_[which] = std::move(what);
    if (!counts || candidate_at(*place))
        return std::nullopt;
    candidates_.push_back({*place, candidate::standing::asked, {}});
    return place;
}

void sentinel_round::missed(std::size_t which, std::string why)
{
    --outstanding_;
    missed_[which] = std::move(why);
}

void sentinel_round::confirmed(const endpoint& at)
{
    for (auto& each : candidates_)
        if (each.at == at)
            each.is = candidate::standing::master;
}

void sentinel_round::refuted(const endpoint& at, std::string why)
{
    for (auto& each : candidates_)
        if (each.at == at) {
            each.is = candidate::standing::none;
            each.why = std::move(why);
        }
}

const sentinel_round::candidate* sentinel_round::candidate_at(const endpoint& at) const
{
    const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                    [&](const candidate& each) { return each.at == at; });
    return found == candidates_.end() ? nullptr : &*found;
}

std::uint64_t sentinel_round::newest() const
{
    auto newest = known_epoch_;
    for (const auto& each : answers_)
        if (each && each->master)
            newest = std::max(newest, each->epoch);
    return newest;
}

std::optional<std::size_t> sentinel_round::winner() const
{
    const auto epoch = newest();
    for (std::size_t which = 0; which < answers_.size(); ++which) {
        const auto& each = answers_[which];
        if (!each || !each->master || each->epoch != epoch)
            continue;
        const auto* const named = candidate_at(*each->master);
        if (named && named->is == candidate::standing::master)
            return which;
    }
    return std::nullopt;
}

/// True if somebody whom a newest answer names has not said yet what it is.
bool sentinel_round::can_still_win() const
{
    const auto epoch = newest();
    return std::any_of(answers_.begin(), answers_.end(), [&](const auto& each) {
        if (!each || !each->master || each->epoch != epoch)
            return false;
        const auto* const named = candidate_at(*each->master);
        return named && named->is == candidate::standing::asked;
    });
}

sentinel_round::state sentinel_round::now() const
{
    const std::size_t most = asked_.size() / 2 + 1;
    const auto have = static_cast<std::size_t>(std::count_if(
        answers_.begin(), answers_.end(), [](const auto& each) { return each.has_value(); }));
    const bool decided = have >= most || outstanding_ == 0;
    if (decided && winner())
        return state::found;
    return outstanding_ == 0 && !can_still_win() ? state::failed : state::open;
}

std::string sentinel_round::said_by(std::size_t which) const
{
    if (!answers_[which])
        return missed_[which].empty() ? "has not answered" : missed_[which];
    const auto& said = *answers_[which];
    if (!said.master)
        return "knows no master of that name";
    const auto names = "names " + said.master->text();
    if (said.epoch < newest())
        return names + ", which is older than what is known";
    const auto* const named = candidate_at(*said.master);
    return names + (named && !named->why.empty() ? ": " + named->why : "");
}

std::string sentinel_round::failure() const
{
    std::string all = "no Sentinel leads to the master \"" + master_ + "\"";
    const char* separator = " (";
    for (std::size_t which = 0; which < asked_.size(); ++which) {
        all += separator + asked_[which].text() + ": " + said_by(which);
        separator = "; ";
    }
    return all + ")";
}

} // namespace coffer::redis::detail
