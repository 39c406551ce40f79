// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/codec.hpp>
#include <coffer/core/errc.hpp>

#include <boost/system/system_error.hpp>

#include <string_view>

template <class T>
T round_trip(const T& value)
{
    return coffer::decode_value<T>(coffer::encode_value(value));
}

template <class T>
bool refused(std::string_view bytes)
{
    try {
        coffer::decode_value<T>(bytes);
    } catch (const boost::system::system_error& error) {
        return error.code() == coffer::errc::not_decodable;
    }
    return false;
}
