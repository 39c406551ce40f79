// SPDX-License-Identifier: BSL-1.0
#include "sha256.hpp"

#include <openssl/evp.h>

#include <new>

namespace coffer::detail {

std::string sha256(std::string_view bytes)
{
    std::string digest(32, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(digest.data());
    // It can only fail for want of memory, or where a policy has taken SHA-256 away.
    if (EVP_Digest(bytes.data(), bytes.size(), out, nullptr, EVP_sha256(), nullptr) != 1)
        throw std::bad_alloc();
    return digest;
}

} // namespace coffer::detail
