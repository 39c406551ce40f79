// SPDX-License-Identifier: BSL-1.0
#include "redis/client/until_up.hpp"

#include <coffer/core/errc.hpp>

#include <algorithm>

namespace coffer::redis::detail {

asio::awaitable<void> until_up(std::shared_ptr<link> which, clock time, link::time moment)
{
    while (!which->up()) {
        auto known = error_details().node(which->node_name());
        if (which->closed())
            throw error(errc::closed, known);
        const auto next = which->next_attempt();
        const bool over = co_await next->over.wait_until(time, moment);
        if (!over)
            throw error(errc::timeout, known.note(which->last_failure()));
        if (next->failure)
            throw error(*next->failure);
    }
}

call_terms terms_until(const clock& time, link::time moment)
{
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(moment - time.now());
    return call_terms().within(std::max(left, milliseconds(1)));
}

} // namespace coffer::redis::detail
