// expect: coffer: a container of views cannot be kept as a key
// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/key_tuple.hpp>

auto keep(const std::vector<std::string_view>& names)
{
    return coffer::make_key_tuple(names);
}
