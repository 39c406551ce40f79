// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/refusal.hpp>

#include <coffer/redis/error_reply.hpp>

namespace coffer::redis::detail {

refusal refusal_of(std::string_view error) noexcept
{
    const auto word = error_word(error);
    if (word == "MOVED")
        return refusal::moved;
    if (word == "ASK")
        return refusal::ask;
    if (word == "TRYAGAIN")
        return refusal::again;
    if (word == "CLUSTERDOWN" || word == "MASTERDOWN" || word == "LOADING" || word == "READONLY")
        return refusal::unfit;
    if (word == "NOSCRIPT")
        return refusal::no_script;
    return refusal::none;
}

} // namespace coffer::redis::detail
