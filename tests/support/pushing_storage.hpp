// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/decorated.hpp"

#include <coffer/core/clock.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Stands for a server that tells several processes what changes: each has a board, and hears of
/// changes when the test lets it.
class change_channel {
public:
    void add(std::shared_ptr<coffer::coherence_board> one) { boards_.push_back(std::move(one)); }

    /// Changes reach the boards as they are made, unless held back.
    void hold_back() { held_ = true; }
    void deliver()
    {
        held_ = false;
        for (const std::size_t name : std::exchange(waiting_, {}))
            tell(name);
    }
    void tell(std::size_t name)
    {
        if (held_)
            return waiting_.push_back(name);
        for (const auto& board : boards_)
            board->changed(name);
    }

private:
    std::vector<std::shared_ptr<coffer::coherence_board>> boards_;
    std::vector<std::size_t> waiting_;
    bool held_ = false;
};

/// One process' way to a storage that others use as well.
class pushing_policy {
public:
    pushing_policy(coffer::storage_ptr inner, coffer::clock time,
                   std::shared_ptr<change_channel> channel)
        : inner_(std::move(inner)), channel_(std::move(channel)),
          board_(std::make_shared<coffer::coherence_board>(std::move(time)))
    {
        channel_->add(board_);
    }

    coffer::capabilities able() const noexcept
    {
        return inner_->able().with(coffer::capability::pushes);
    }
    coffer::storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return "pushing " + inner_->describe(); }
    std::shared_ptr<coffer::coherence_board> board() const { return board_; }
    coffer::coherence_ticket ticket(const coffer::storage_key& key) const
    {
        return board_->ticket(hash(key.text()), hash(key.space));
    }

    template <class Request>
    static coffer::asio::awaitable<typename Request::result>
    run(std::shared_ptr<pushing_policy> self, Request call)
    {
        const telling at_end(self, call);
        co_return co_await std::move(call).send(*self->inner_);
    }

private:
    using op = coffer::storage_operation;

    static std::size_t hash(const std::string& name) { return std::hash<std::string>()(name); }

    /// Tells what the operation changed, when it has: a fill, to others.
    class telling {
    public:
        template <class Request>
        telling(const std::shared_ptr<pushing_policy>& by, const Request& call) : by_(by)
        {
            constexpr op what = Request::operation;
            if constexpr (what == op::bump || what == op::clear)
                names_.push_back(hash(std::get<0>(call.arguments)));
            if constexpr (what == op::put || what == op::put_many || what == op::invalidate ||
                          what == op::invalidate_many || what == op::touch || what == op::hold ||
                          what == op::increment)
                coffer::detail::each_key(call, [this](const coffer::storage_key& key) {
                    names_.push_back(hash(key.text()));
                });
        }
        telling(const telling&) = delete;
        telling& operator=(const telling&) = delete;
        ~telling()
        {
            for (const std::size_t name : names_) {
                by_->board_->changed(name); // here at once
                by_->channel_->tell(name);
            }
        }

    private:
        const std::shared_ptr<pushing_policy> by_;
        std::vector<std::size_t> names_;
    };

    const coffer::storage_ptr inner_;
    const std::shared_ptr<change_channel> channel_;
    const std::shared_ptr<coffer::coherence_board> board_;
};

inline coffer::storage_ptr pushing_storage(coffer::storage_ptr inner, coffer::clock time,
                                           std::shared_ptr<change_channel> channel)
{
    auto policy =
        std::make_shared<pushing_policy>(std::move(inner), std::move(time), std::move(channel));
    return std::make_shared<coffer::detail::decorated<pushing_policy>>(std::move(policy));
}

} // namespace support
