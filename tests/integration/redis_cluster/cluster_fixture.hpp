// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis_fixture.hpp"

#include "support/servers/redis_cluster.hpp"

#include <map>

namespace redis_test {

using support::redis_cluster;

/// The one cluster of three masters that most cases share; what they move, they move back.
inline redis_cluster& shared_cluster()
{
    static redis_cluster one(3);
    return one;
}

inline constexpr unsigned slot_of_first = 1;      // of the shared cluster's first node
inline constexpr unsigned slot_of_second = 8'000; // of its second
inline constexpr unsigned slot_of_third = 16'000; // of its third

/// A client of the shared cluster, which begins with nothing in it.
class on_cluster : public connected {
public:
    explicit on_cluster(const std::string& rest = {}) : connected(shared_cluster().url(rest))
    {
        for (std::size_t each = 0; each < 3; ++each)
            shared_cluster().ask(each, {"FLUSHALL"});
    }
};

inline std::string key_in(unsigned slot, const std::string& prefix = "k")
{
    return redis_cluster::key_in(slot, prefix);
}

} // namespace redis_test
