// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/detail/memory_budget.hpp>
#include <coffer/memory/detail/memory_traits.hpp>
#include <coffer/memory/memory_hooks.hpp>

#include <limits>
#include <optional>
#include <utility>

namespace coffer::detail {

/// How a value is to be stored, or for which cause it is not.
struct memory_terms {
    clock::steady_time deadline = clock::steady_time::max();
    std::size_t weight = 0;
    std::optional<removal_cause> refused;
};

/// Decides on what terms a cache takes a value.
template <class K, class V>
class memory_admission {
public:
    memory_admission(typename memory_hooks<K, V>::weigher_type weigher, const clock& time,
                     ttl lifetime, const memory_budget& budget)
        : weigher_(std::move(weigher)), time_(time), ttl_(lifetime), budget_(budget)
    {}

    bool weighs() const noexcept { return static_cast<bool>(weigher_); }
    std::size_t weigh(const K& key, const V& value) const
    {
        return weigher_ ? weigher_(key, value) : 0;
    }

    bool fits(std::size_t weight) const noexcept
    {
        return weight <= std::numeric_limits<std::uint32_t>::max() && budget_.admits(weight);
    }

    memory_terms operator()(const K& key, const V& value, ttl lifetime) const
    {
        memory_terms terms;
        const ttl span = lifetime.or_else(ttl_);
        terms.weight = weigh(key, value);
        if (!fits(terms.weight))
            terms.refused = removal_cause::size;
        else if (span.is_zero())
            terms.refused = removal_cause::expired;
        else
            terms.deadline = moment_after(time_, span);
        return terms;
    }

private:
    const typename memory_hooks<K, V>::weigher_type weigher_;
    const clock& time_;
    const ttl ttl_;
    const memory_budget& budget_;
};

} // namespace coffer::detail
