// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/config.hpp>

// The headers of a part are installed whether the library has it or not.
#if !COFFER_HAS_REDIS
#error "coffer was built without its Redis part: configure it with -Dredis=enabled"
#endif
