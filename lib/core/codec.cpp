// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/codec.hpp>
#include <coffer/core/errc.hpp>

#include <boost/system/system_error.hpp>

namespace coffer::detail {

void refuse_bytes()
{
    throw boost::system::system_error(make_error_code(errc::not_decodable));
}

void append_little_endian(std::string& out, std::uint64_t bits, std::size_t width)
{
    for (std::size_t at = 0; at < width; ++at)
        out += static_cast<char>(bits >> (8 * at) & 0xff);
}

std::uint64_t read_little_endian(std::string_view bytes, std::size_t width)
{
    if (bytes.size() != width)
        refuse_bytes();
    std::uint64_t bits = 0;
    for (std::size_t at = 0; at < width; ++at)
        bits |= std::uint64_t{static_cast<unsigned char>(bytes[at])} << (8 * at);
    return bits;
}

} // namespace coffer::detail
