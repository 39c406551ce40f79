// expect: no codec for this type of value.*#include <coffer/json\.hpp>
// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/codec.hpp>

struct product {
    int price;
};

std::string bytes_of(const product& value)
{
    return coffer::encode_value(value);
}
