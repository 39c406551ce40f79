// expect: built without its Redis part.*-Dredis=enabled
// SPDX-License-Identifier: BSL-1.0
#include <coffer/config.hpp>

// As if the build had declined it.
#undef COFFER_HAS_REDIS
#define COFFER_HAS_REDIS 0

#include <coffer/storage/redis_storage.hpp>
