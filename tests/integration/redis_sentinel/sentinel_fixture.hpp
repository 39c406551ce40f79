// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis_fixture.hpp"
#include "support/servers/redis_sentinels.hpp"

#include <string>

namespace redis_test {

using support::redis_sentinels;

/// The set that the cases share that leave it as it was.
inline redis_sentinels& sentinels()
{
    static redis_sentinels one;
    return one;
}

/// A URL with these Sentinels alone.
inline std::string only(const std::vector<unsigned short>& ports, const std::string& rest)
{
    std::string url = "redis+sentinel://";
    for (const auto port : ports)
        url += (url.back() == '/' ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(port);
    return url + rest;
}

/// What the server says that it is that takes commands which may write.
inline std::string role_of(connected& on)
{
    const auto all = on.exec<redis::value>("ROLE");
    return all.as<redis::value::array>().items.front().as<std::string>();
}

} // namespace redis_test
