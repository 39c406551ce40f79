// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/script.hpp>

#include <cstdint>
#include <vector>

namespace coffer::detail {

/// What runs inside the server. Each script touches one key, its only KEYS entry: the hash of an
/// entry, or (`mint`, `bump`) that of a space. The order of the arguments stands at each text.
enum class redis_script : std::uint8_t {
    get,
    look,
    acquire,
    renew,
    fill,
    abandon,
    put,
    invalidate,
    touch,
    increment,
    hold,
    release,
    amend,
    mint,
    bump,
};

const redis::script& script_of(redis_script which);
std::vector<redis::script> all_redis_scripts();

} // namespace coffer::detail
