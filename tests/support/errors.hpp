// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/errc.hpp>

#include <boost/system/system_error.hpp>
#include <doctest/doctest.h>

namespace support {

/// Which of coffer's errors `f` throws; `errc(0)` if none.
template <class F>
coffer::errc code_of(F&& f)
{
    try {
        f();
    } catch (const boost::system::system_error& e) {
        REQUIRE(e.code().category() == coffer::coffer_category());
        return static_cast<coffer::errc>(e.code().value());
    }
    return coffer::errc(0);
}

} // namespace support
