// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/script.hpp>

#include "redis/client/client_core.hpp"

#include <coffer/redis/detail/script_call.hpp>

#include <openssl/evp.h>

#include <new>

namespace coffer::redis {
namespace {

std::string sha1_of(const std::string& text)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (::EVP_Digest(text.data(), text.size(), bytes, &size, ::EVP_sha1(), nullptr) != 1)
        throw std::bad_alloc();
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned at = 0; at < size; ++at) {
        hex += digits[bytes[at] >> 4];
        hex += digits[bytes[at] & 15];
    }
    return hex;
}

} // namespace

script::script(std::string text)
{
    auto digest = sha1_of(text);
    it_ = std::make_shared<const content>(content{std::move(text), std::move(digest)});
}

namespace detail {

namespace {

node& node_of(const call_route& route)
{
    return route.at ? *route.at : *route.core->direct();
}

} // namespace

bool knows_script(const call_route& route, const script& what)
{
    return node_of(route).knows_script(what.digest());
}

void learn_script(const call_route& route, const script& what)
{
    node_of(route).learn_script(what.digest());
}

void forget_script(const call_route& route, const script& what)
{
    node_of(route).forget_script(what.digest());
}

request with_text(const request& by_digest, const script& what)
{
    auto words = by_digest.arguments();
    words.erase(words.begin(), words.begin() + 2); // EVALSHA and the digest
    request whole("EVAL", what.text(), words);
    return whole;
}

} // namespace detail
} // namespace coffer::redis
