// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/envelope_fault.hpp>
#include <coffer/core/errc.hpp>

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <string>

namespace coffer {

std::string_view label(envelope_fault fault) noexcept
{
    switch (fault) {
    case envelope_fault::truncated:
        return "truncated";
    case envelope_fault::magic:
        return "magic";
    case envelope_fault::version:
        return "version";
    case envelope_fault::checksum:
        return "checksum";
    case envelope_fault::malformed:
        return "malformed";
    case envelope_fault::unknown_critical:
        return "unknown_critical";
    case envelope_fault::key:
        return "key";
    case envelope_fault::schema:
        return "schema";
    case envelope_fault::seal:
        return "seal";
    case envelope_fault::compression:
        return "compression";
    case envelope_fault::too_large:
        return "too_large";
    case envelope_fault::expired:
        return "expired";
    }
    return "unknown";
}

void throw_exception_from_error(envelope_fault fault, const boost::source_location& where)
{
    boost::throw_with_location(
        boost::system::system_error(errc::not_decodable, std::string(label(fault))), where);
}

} // namespace coffer
