// expect: no key encoder for this type.*Specialise coffer::key_encoder<T>, or #include <coffer/json
// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/key_encoder.hpp>

struct sku {
    int number;
};

std::string key_of(const std::vector<sku>& all)
{
    return coffer::encode_key(all);
}
