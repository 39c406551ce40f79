// SPDX-License-Identifier: BSL-1.0
#include "redis/sentinel/sentinel_answer.hpp"

#include "redis/config/config_text.hpp"

#include <coffer/redis/decode.hpp>
#include <coffer/redis/error_reply.hpp>

#include <map>

namespace coffer::redis::detail {
namespace {

using facts = std::map<std::string, std::string>;

std::optional<endpoint> place_of(const std::string& host, const std::string& port)
{
    const auto number = number_of(port, 65'535).value_or(0);
    if (host.empty() || number == 0)
        return std::nullopt;
    return endpoint(host, static_cast<std::uint16_t>(number));
}

std::string fact(const facts& all, const char* name)
{
    const auto found = all.find(name);
    return found == all.end() ? std::string() : found->second;
}

/// True if one of the flags, between commas, says that it is of no use.
bool is_away(const std::string& flags)
{
    for (const char* each : {"s_down", "o_down", "disconnected"})
        if (flags.find(each) != flags.npos)
            return true;
    return false;
}

/// What is refused to whoever asks for an unknown name.
bool is_unknown_name(const reply_view& reply)
{
    return reply.is_error() && reply.text().starts_with("ERR No such master");
}

} // namespace

request sentinel_questions(const std::string& master)
{
    request all;
    all.add("SENTINEL", "GET-MASTER-ADDR-BY-NAME", master);
    all.add("SENTINEL", "MASTER", master);
    all.add("SENTINEL", "REPLICAS", master);
    all.add("SENTINEL", "SENTINELS", master);
    return all;
}

decode_status sentinel_replies::take(std::size_t number, const reply_view& reply)
{
    if (is_unknown_name(reply))
        return {};
    switch (number) {
    case 0:
        return take_address(reply);
    case 1:
        return take_master(reply);
    case 2:
        return take_replicas(reply);
    default:
        return take_sentinels(reply);
    }
}

decode_status sentinel_replies::take_address(const reply_view& reply)
{
    std::optional<std::pair<std::string, std::string>> address;
    const auto status = decode_into(reply, address);
    if (status && address)
        answer_.master = place_of(address->first, address->second);
    return status;
}

decode_status sentinel_replies::take_master(const reply_view& reply)
{
    facts all;
    const auto status = decode_into(reply, all);
    if (status)
        answer_.epoch = number_of(fact(all, "config-epoch"), ~std::uint64_t(0)).value_or(0);
    return status;
}

decode_status sentinel_replies::take_replicas(const reply_view& reply)
{
    std::vector<facts> replicas;
    const auto status = decode_into(reply, replicas);
    if (!status)
        return status;
    for (const auto& each : replicas) {
        const bool linked = fact(each, "master-link-status") == "ok";
        const auto at = place_of(fact(each, "ip"), fact(each, "port"));
        if (at && linked && !is_away(fact(each, "flags")))
            answer_.replicas.push_back(*at);
    }
    return status;
}

// Also those that seem to be away: they may be seen from here.
decode_status sentinel_replies::take_sentinels(const reply_view& reply)
{
    std::vector<facts> others;
    const auto status = decode_into(reply, others);
    if (!status)
        return status;
    for (const auto& each : others)
        if (const auto at = place_of(fact(each, "ip"), fact(each, "port")))
            answer_.sentinels.push_back(*at);
    return status;
}

bool speaks_of(std::string_view message, std::string_view master) noexcept
{
    while (!message.empty()) {
        const auto end = message.find(' ');
        if (message.substr(0, end) == master)
            return true;
        message.remove_prefix(end == message.npos ? message.size() : end + 1);
    }
    return false;
}

} // namespace coffer::redis::detail
