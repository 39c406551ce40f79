// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "service.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace catalog {

/// Holds loads of one key until so many callers wait for them, so that "all at once" is certain and
/// not a matter of luck. Once it lets a load go on, the load does its query as ever.
///
/// Threads: any.
class load_gate {
public:
    load_gate();

    /// What becomes of a load at the gate.
    enum class then { query, fail };

    /// From now on: holds the loads of `key` until `others` calls have joined, at most 20 s.
    void arm(std::string function, std::string key, std::size_t others, then what = then::query);
    /// The same, but the loads go on only when `open` is called.
    void arm_closed(std::string function, std::string key, std::size_t others);
    void open();
    /// Lets everything pass from now on.
    void disarm();

    /// Waits until a load has come and `others` calls have joined. False: not within 20 s.
    asio::awaitable<bool> gathered() const;

    /// Since it was armed: loads that came to the gate, and calls that joined one.
    std::size_t loads() const;
    std::size_t joined() const;

    /// The service with the gate in it.
    service_options attached(service_options how) const;

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
