// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/detail/operation.hpp>

#include <coffer/core/errc.hpp>

#include <boost/asio/error.hpp>

namespace coffer::redis::detail {

boost::system::error_code code_of(verdict how) noexcept
{
    switch (how) {
    case verdict::reply:
    case verdict::answered:
        return {};
    case verdict::cancelled:
        return boost::asio::error::operation_aborted;
    case verdict::timed_out:
        return errc::timeout;
    case verdict::connection_lost:
        return errc::connection_lost;
    case verdict::closed:
        return errc::closed;
    }
    return errc::closed;
}

} // namespace coffer::redis::detail
