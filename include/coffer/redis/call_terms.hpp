// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>
#include <coffer/redis/read_policy.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace coffer::redis {

/// What one call asks for beyond its client's configuration.
///
///     co_await db.with(redis::within(50ms)).exec<long>("INCR", "n");
///     co_await db.with(redis::call_terms().idempotent()).exec<redis::ok>("SET", "k", "v");
class call_terms {
public:
    call_terms() = default;

    /// How long it may take in all; then it fails with `errc::timeout`.
    ///
    /// Errors: a time that is not positive throws `std::invalid_argument`.
    call_terms& within(std::chrono::milliseconds most)
    {
        if (most <= std::chrono::milliseconds(0))
            throw std::invalid_argument("coffer: redis::within(...): the time must be positive");
        limit_ = most;
        kind_ = kind::own;
        return *this;
    }
    /// It may take for ever.
    call_terms& without_deadline() noexcept { return kind_ = kind::none, *this; }
    /// It may be carried out twice, so it is sent again if its answer is lost with the connection.
    call_terms& idempotent() noexcept { return idempotent_ = true, *this; }

    /// Instead of `config::read_from`, for what only reads.
    call_terms& read_from(read_policy which) noexcept { return reading_ = which, *this; }

    enum class kind : std::uint8_t { usual, own, none };
    kind deadline_kind() const noexcept { return kind_; }
    std::chrono::milliseconds limit() const noexcept { return limit_; }
    bool is_idempotent() const noexcept { return idempotent_; }
    std::optional<read_policy> reading() const noexcept { return reading_; }

private:
    std::chrono::milliseconds limit_{0}; // of kind::own
    kind kind_ = kind::usual;
    bool idempotent_ = false;
    std::optional<read_policy> reading_;
};

inline call_terms within(std::chrono::milliseconds most)
{
    return call_terms().within(most);
}
inline call_terms without_deadline()
{
    return call_terms().without_deadline();
}
inline call_terms read_from(read_policy which)
{
    return call_terms().read_from(which);
}

} // namespace coffer::redis
