// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode_status.hpp>
#include <coffer/redis/reply_view.hpp>
#include <coffer/redis/request.hpp>
#include <coffer/redis/settings.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

/// What one Sentinel says of a master.
class sentinel_answer {
public:
    std::optional<endpoint> master;  // none: it knows no master of that name
    std::uint64_t epoch = 0;         // grows with each fail-over
    std::vector<endpoint> replicas;  // that it takes to be well
    std::vector<endpoint> sentinels; // the others
};

/// What a Sentinel is asked; `sentinel_replies` reads the answers.
request sentinel_questions(const std::string& master);

/// Reads what a Sentinel answers, for `run_call`.
class sentinel_replies {
public:
    using result = sentinel_answer;

    decode_status take(std::size_t number, const reply_view& reply);
    sentinel_answer finish() && { return std::move(answer_); }

private:
    decode_status take_address(const reply_view& reply);
    decode_status take_master(const reply_view& reply);
    decode_status take_replicas(const reply_view& reply);
    decode_status take_sentinels(const reply_view& reply);

    sentinel_answer answer_;
};

/// True if a message of a Sentinel's channel is about this master, or one of its replicas.
bool speaks_of(std::string_view message, std::string_view master) noexcept;

} // namespace coffer::redis::detail
