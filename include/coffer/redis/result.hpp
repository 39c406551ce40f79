// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/error_reply.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace coffer::redis {

/// A value, or the error that the server answered instead: for single commands of a batch, and for
/// elements of a reply.
///
/// `value()` throws `redis::error` if there is none.
template <class T>
using result = boost::system::result<T, error_reply>;

/// Called by `result::value()`.
[[noreturn]] void throw_exception_from_error(const error_reply& answer,
                                             const boost::source_location& where);

} // namespace coffer::redis
