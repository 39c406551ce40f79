// SPDX-License-Identifier: BSL-1.0
#include "scope/callback_list.hpp"

#include <algorithm>
#include <iterator>

namespace coffer::detail {
namespace {

/// Lets `later` take the place of `earlier`, unless that is stronger. What is left over is in
/// `later`.
void unite(scope_entry& earlier, scope_entry& later) noexcept
{
    if (later.strength < earlier.strength)
        return;
    std::swap(earlier.action, later.action);
    std::swap(earlier.strength, later.strength);
}

} // namespace

callback_list::position callback_list::find(const std::string& identity, const scope_level& level)
{
    const auto known = intents_.find(identity);
    if (known == intents_.end())
        return list_.end();
    for (const position at : known->second)
        if (at->level == &level)
            return at;
    return list_.end();
}

callback_list::entries callback_list::add(scope_entry entry)
{
    entries unused;
    unused.push_back(std::move(entry));
    scope_entry& added = unused.front();
    const bool intent = !added.identity.empty();
    const position known = intent ? find(added.identity, *added.level) : list_.end();
    if (known != list_.end()) {
        unite(*known, added);
        return unused;
    }
    if (intent)
        intents_[added.identity].push_back(unused.begin()); // stays valid when spliced
    list_.splice(list_.end(), unused);
    return unused;
}

callback_list::position callback_list::first_since(std::uint64_t begin)
{
    position at = list_.end();
    while (at != list_.begin() && std::prev(at)->sequence >= begin)
        --at;
    return at;
}

void callback_list::forget(position at)
{
    if (at->identity.empty())
        return;
    const auto known = intents_.find(at->identity);
    std::erase(known->second, at);
    if (known->second.empty())
        intents_.erase(known);
}

void callback_list::move_out(position at, entries& to)
{
    forget(at);
    to.splice(to.end(), list_, at);
}

/// Relabels the entry, or unites it with the one of that identity that `to` has already.
/// Returns where to go on.
callback_list::position callback_list::give(position at, const scope_level& to, entries& unused)
{
    const position known = at->identity.empty() ? list_.end() : find(at->identity, to);
    at->level = &to;
    if (known == list_.end())
        return std::next(at);
    // The outer one is the earlier, unless it was registered past an open nested scope.
    const bool outer_first = known->sequence < at->sequence;
    const position first = outer_first ? known : at;
    const position second = outer_first ? at : known;
    unite(*first, *second);
    const position next = std::next(at) == second ? std::next(second) : std::next(at);
    move_out(second, unused);
    return next;
}

callback_list::entries callback_list::merge(const scope_level& from, const scope_level& to)
{
    entries unused;
    for (position at = first_since(from.begin); at != list_.end();)
        at = at->level == &from ? give(at, to, unused) : std::next(at);
    return unused;
}

callback_list::entries callback_list::merge_all(const scope_level& to)
{
    entries unused;
    for (position at = list_.begin(); at != list_.end();)
        at = at->level != &to ? give(at, to, unused) : std::next(at);
    return unused;
}

callback_list::entries callback_list::drop(const scope_level& level, const scope_level& outermost)
{
    entries unused;
    for (position at = first_since(level.begin); at != list_.end();) {
        const position current = at++;
        if (!current->level->within(level))
            continue;
        if (current->when == run_on::commit) {
            move_out(current, unused);
            continue;
        }
        current->when = run_on::either;
        current->level = &outermost;
    }
    return unused;
}

callback_list::entries callback_list::settle(scope_end end)
{
    const run_on never = end == scope_end::committed ? run_on::rollback : run_on::commit;
    entries unused;
    for (position at = list_.begin(); at != list_.end();) {
        const position current = at++;
        if (current->when == never)
            move_out(current, unused);
    }
    return unused;
}

callback_list::entries callback_list::pop()
{
    entries first;
    if (!list_.empty())
        move_out(list_.begin(), first);
    return first;
}

callback_list::entries callback_list::take_all() noexcept
{
    intents_.clear();
    entries all;
    all.swap(list_);
    return all;
}

} // namespace coffer::detail
