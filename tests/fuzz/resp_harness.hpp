// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resp_model.hpp"

#include <coffer/redis/decode.hpp>

#include <redis/resp/reply_scanner.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// What must hold for any bytes at all. The fuzzer feeds it, and a unit test feeds it the corpus.
namespace fuzz {

namespace redis = coffer::redis;
using redis::detail::reply_scanner;

inline void require_resp(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "resp: %s\n", what);
    std::abort();
}

inline redis::reply_limits small_limits()
{
    redis::reply_limits limits;
    limits.bulk = 2000;
    limits.line = 200;
    limits.elements = 500;
    limits.depth = 6;
    limits.total = 3000;
    return limits;
}

inline bool agrees(reply_scanner::state one, resp_model::state other)
{
    return static_cast<int>(one) == static_cast<int>(other);
}

/// Scans in pieces of this size, and stops as soon as it is decided.
inline reply_scanner::state scan_in_pieces(reply_scanner& scanner, std::string_view bytes,
                                           std::size_t piece)
{
    scanner.reset();
    auto how = reply_scanner::state::incomplete;
    for (std::size_t end = 0; how == reply_scanner::state::incomplete && end < bytes.size();) {
        end = std::min(end + piece, bytes.size());
        how = scanner.scan(bytes.substr(0, end));
    }
    return how;
}

inline std::size_t count_items(const redis::reply_view& view)
{
    std::size_t count = 1;
    for (const auto& item : view)
        count += count_items(item);
    return count;
}

template <class T>
void decode_as(const redis::reply_view& view)
{
    T into{};
    const auto status = redis::decode_into(view, into);
    require_resp(status.ok() == !status.code(), "a status and its code differ");
    require_resp(!status.is_refused() || !status.error_text().empty() || view.is_error() ||
                     view.is_aggregate(),
                 "refused without an error");
}

/// A complete reply decodes into everything without harm, and into any value as the model has it.
inline void decode_all(const redis::reply_view& view, const redis::value& expected)
{
    redis::value any;
    require_resp(redis::decode_into(view, any).ok(), "a value that does not take a reply");
    // A double out of range is a value for the model, which has infinity for it.
    require_resp(resp_model::same(any, expected), "another value than the model's");
    count_items(view);
    decode_as<std::string>(view);
    decode_as<std::optional<std::int64_t>>(view);
    decode_as<std::uint8_t>(view);
    decode_as<double>(view);
    decode_as<bool>(view);
    decode_as<redis::ok>(view);
    decode_as<std::monostate>(view);
    decode_as<std::vector<std::optional<std::string>>>(view);
    decode_as<std::vector<redis::result<redis::value>>>(view);
    decode_as<std::map<std::string, std::optional<std::string>>>(view);
    decode_as<std::vector<std::pair<std::string_view, double>>>(view);
    decode_as<std::set<std::string>>(view);
    decode_as<std::tuple<std::string, redis::reply_view>>(view);
}

inline void resp(std::string_view bytes)
{
    if (bytes.empty())
        return;
    const auto limits = small_limits();
    const auto expected = resp_model::read(bytes, limits);
    reply_scanner scanner(limits);
    for (const std::size_t piece : {bytes.size(), std::size_t(1), std::size_t(7)}) {
        const auto how = scan_in_pieces(scanner, bytes, piece);
        require_resp(agrees(how, expected.how), "another state than the model's");
        if (how != reply_scanner::state::complete)
            continue;
        require_resp(scanner.size() == expected.size, "another size than the model's");
        decode_all(scanner.view(), expected.holds);
    }
}

} // namespace fuzz
