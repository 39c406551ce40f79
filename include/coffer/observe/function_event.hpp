// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>

namespace coffer {

/// What happens in a cached function, as its event handler sees it.
enum class event_kind : std::uint8_t {
    hit,           ///< served by the near tier
    storage_hit,   ///< served by the storage
    miss,          ///< nothing usable in the near tier
    load,          ///< a load ended well; `took` says how long it was
    joined,        ///< a call waits for a load of another call
    stale,         ///< served a stale entry
    error,         ///< a load failed; `failure` says how
    storage_error, ///< a storage operation failed, and the call went on without it
    stored,        ///< a loaded value was stored
    poisoned,      ///< a loaded value was not stored: its key was invalidated meanwhile
    evicted,       ///< the near tier dropped an entry for lack of room, or because it expired
    invalidated,
};

/// One event. It is valid during the call of the handler only.
class function_event {
public:
    function_event(event_kind what, std::string_view where) : kind(what), function(where) {}

    event_kind kind;
    std::string_view function; ///< the name of the cached function
    std::chrono::nanoseconds took{0};
    std::exception_ptr failure;
};

} // namespace coffer
