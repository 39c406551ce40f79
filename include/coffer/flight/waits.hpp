// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/flight/chain.hpp>

#include <memory>

namespace coffer::detail {

class flight_base;

/// Who waits for whom among running loads, in the whole process: what would close a circle is
/// refused instead of hanging. Only callers inside a load are recorded.
///
/// Cost: one process-wide lock, for calls made from within loads that miss.
class wait_edge {
public:
    wait_edge() = default;
    wait_edge(wait_edge&& other) noexcept;
    wait_edge& operator=(wait_edge&&) = delete;
    ~wait_edge();

    /// Records that the load `from` waits for `flight`. False, and nothing recorded, if `flight`
    /// waits for `from` already, by itself or through others.
    bool connect(std::shared_ptr<const load_link> from, const flight_base& flight);

private:
    std::shared_ptr<const load_link> from_; // null: nothing recorded
    const load_link* to_ = nullptr;
};

} // namespace coffer::detail
