// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "redis/client/client_core.hpp"
#include "redis/cluster/routed_request.hpp"

#include <coffer/redis/script.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace coffer::redis::detail {

/// One request on its way through the nodes of a router: in rounds, in each of which every node is
/// sent what it is to answer, in one go.
///
/// Threads: of the client's executor.
class exchange {
public:
    /// What it is given must outlive it. `whole` is the script of the request, or null.
    exchange(const call_route& route, const request& what, call_terms terms, reply_sink into,
             const script* whole);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    ~exchange();

    /// Says what each node is to be sent in the next round; false if there is nothing left.
    bool prepare();
    /// True if some node is known to which something can be sent.
    bool has_units() const noexcept { return !units_.empty(); }
    /// Sends it; the handler is called when all of it has ended, never inside of this.
    template <class Handler>
    void begin(Handler&& handler)
    {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([this](asio::cancellation_type how) {
                if (how != asio::cancellation_type::none)
                    cancel();
            });
        handler_.emplace(std::forward<Handler>(handler));
        send();
    }
    /// Decides what becomes of what was not answered. Throws if that is the end.
    void settle();

    /// True if the next round has to wait a while.
    bool waits() const noexcept { return pauses_ || unknown_; }
    asio::awaitable<void> wait();

    /// What is known of a failure that no node has told.
    error_details details() const;

private:
    class unit;
    using part = routed_request::part;

    std::shared_ptr<node> node_for(const part& one);
    unit& unit_for(const std::shared_ptr<node>& at, bool asks);
    void send();
    void cancel();
    void ended(unit& one);
    void settle_loss(unit& one);
    void settle_refusal(unit& one, part& refused);
    void redirect(part& refused);
    void check(const decode_status& status) const;
    [[noreturn]] void raise_late() const;

    const call_route& route_;
    client_core& core_;
    router& router_;
    const request& what_;
    const call_terms terms_;
    const reply_sink into_;
    const script* const script_;
    const clock::steady_time deadline_;
    routed_request parts_;
    std::vector<std::unique_ptr<unit>> units_; // of this round
    std::size_t pending_ = 0;                  // of them
    parked_handler handler_;

    std::shared_ptr<node> last_; // that was asked
    std::string words_;          // why that was in vain
    std::chrono::milliseconds pause_;
    bool pauses_ = false;
    bool unknown_ = false; // of some part it is not known where it belongs
    bool maybe_executed_ = false;
};

} // namespace coffer::redis::detail
