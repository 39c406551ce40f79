// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/key_observer.hpp>
#include <coffer/storage/coherence_board.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace coffer::detail {

/// Notes on a board what servers tell of their keys.
class redis_coherence final : public redis::key_observer {
public:
    /// A server is trusted for so long after it was asked and has answered.
    redis_coherence(clock time, std::chrono::milliseconds silence)
        : silence_(silence), board_(std::make_shared<coherence_board>(std::move(time)))
    {}

    const std::shared_ptr<coherence_board>& board() const noexcept { return board_; }
    /// Of a name in the server.
    static std::size_t hash_of(std::string_view name) noexcept
    {
        return std::hash<std::string_view>()(name);
    }

    void changed(std::string_view key) noexcept override { board_->changed(hash_of(key)); }
    void all_changed() noexcept override { board_->all_changed(); }
    void told_all_before(clock::steady_time moment) noexcept override
    {
        board_->trust_until(later(moment, silence_));
    }

private:
    const std::chrono::milliseconds silence_;
    const std::shared_ptr<coherence_board> board_;
};

/// A change that this process makes: near tiers here know it when it ends, however it ends, without
/// waiting for the server to tell.
class redis_change {
public:
    redis_change() = default; // nobody is to know
    explicit redis_change(std::shared_ptr<redis_coherence> on) : on_(std::move(on)) {}
    redis_change(redis_change&&) = default;
    redis_change& operator=(redis_change&&) = delete;
    ~redis_change()
    {
        if (on_)
            for (const std::size_t name : names_)
                on_->board()->changed(name);
    }

    void add(std::string_view name) { names_.push_back(redis_coherence::hash_of(name)); }

private:
    std::shared_ptr<redis_coherence> on_;
    std::vector<std::size_t> names_;
};

} // namespace coffer::detail
