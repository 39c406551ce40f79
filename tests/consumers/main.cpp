// SPDX-License-Identifier: BSL-1.0
// A user's program: it sees only what `meson install` puts in place.
#include <coffer/config.hpp>
#include <coffer/core/errc.hpp>
#include <coffer/core/ttl.hpp>

#include <chrono>
#include <cstdio>

int main()
{
    using namespace std::chrono_literals;
    const coffer::ttl five(5min);
    const boost::system::error_code closed = coffer::errc::closed;
    std::printf("coffer %s: %s\n", COFFER_VERSION_STRING, closed.message().c_str());
    return five.is_finite() && closed ? 0 : 1;
}
