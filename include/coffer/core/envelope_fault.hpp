// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <string_view>

namespace coffer {

/// Why stored bytes are no entry for this reader. Each is a miss; all but `expired` are counted as
/// failures to decode.
enum class envelope_fault : std::uint8_t {
    truncated = 1,    ///< shorter than it says, or than any envelope
    magic,            ///< not one of ours
    version,          ///< of a format that this reader does not know
    checksum,         ///< changed since it was written
    malformed,        ///< contradicts itself, or has bytes after its end
    unknown_critical, ///< relies on something that this reader does not know
    key,              ///< of another key: a collision of shortened keys, or a moved file
    schema,           ///< of another codec or shape of value
    seal,             ///< sealed by an unknown key, changed, or not sealed where it must be
    compression,      ///< compressed, and that cannot be undone here
    too_large,        ///< larger than this reader accepts
    expired,          ///< well-formed, but past its time to live and grace
};

/// The name as above, for metrics and messages; all in lower case with underscores.
std::string_view label(envelope_fault fault) noexcept;

/// Lets `result::value()` throw `errc::not_decodable` with the reason as its text.
[[noreturn]] void throw_exception_from_error(envelope_fault fault,
                                             const boost::source_location& where);

} // namespace coffer
