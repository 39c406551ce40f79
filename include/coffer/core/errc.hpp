// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace coffer {

/// What can go wrong in coffer itself, as a `boost::system::error_code`.
///
/// A miss is never an error. Cancellation is Asio's `operation_aborted`, not a code of ours.
enum class errc {
    /// The object was closed before or during the operation.
    closed = 1,
    /// The execution context that ran a load stopped, and no waiter could run it again.
    abandoned,
    /// A loader asked, directly or through other loaders, for the key that it is loading.
    recursive_load,
    /// A load did not end within `options().load_deadline(...)`.
    load_timeout,
    /// The caller's own time ran out; shared work goes on.
    timeout,
    /// A limit was reached: flights, queued work, retries.
    overloaded,
    /// A key is longer than the storage can take.
    key_too_large,
    /// A value is larger than the storage can take.
    value_too_large,
    /// The storage does not offer the capability that the operation needs.
    unsupported,
    /// Stored bytes are not an entry of ours: truncated, flipped, of another schema or key.
    not_decodable,
    /// The storage is not asked at the moment, because it kept failing (open breaker).
    storage_unavailable,
    /// The storage answered with a failure.
    storage_failed,
    /// A counter operation met a value that is not a counter, or left its range.
    not_a_counter,
    /// Something was registered on a transaction scope that had already ended.
    scope_finished,
    /// A callback kept registering further callbacks beyond the bound.
    too_many_callbacks,
    /// The only connection that could serve this is held by the caller's own transaction.
    connection_held,
    /// No database connection became free in time.
    pool_timeout,
    /// The database refused a statement.
    database_failed,
    /// The database stayed locked by another writer for longer than the busy limit.
    database_busy,
    /// A server answered with an error of its own; the exception holds its words.
    server_refused,
    /// A server's answer does not fit the type that was asked for.
    unexpected_reply,
    /// The connection to a server was lost; the exception says whether the request may have been
    /// carried out.
    connection_lost,
};

/// The category of `errc`; its name is "coffer".
const boost::system::error_category& coffer_category() noexcept;

/// Lets an `errc` turn into an `error_code` by itself.
boost::system::error_code make_error_code(errc code) noexcept;

} // namespace coffer

template <>
struct boost::system::is_error_code_enum<coffer::errc> : std::true_type {};
