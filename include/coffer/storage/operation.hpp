// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace coffer {

/// The operations of a `storage`, to name one in a log, a script or a rule.
enum class storage_operation : std::uint8_t {
    get,
    acquire,
    renew,
    fill,
    abandon,
    put,
    put_if_absent,
    invalidate,
    touch,
    increment,
    get_many,
    acquire_many,
    fill_many,
    put_many,
    invalidate_many,
    bump,
    clear,
    hold,
    release,
    scan,
    close,
};

/// Its name as in `storage`, e.g. "get_many".
const char* name_of(storage_operation what) noexcept;

} // namespace coffer
