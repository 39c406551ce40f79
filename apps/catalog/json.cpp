// SPDX-License-Identifier: BSL-1.0
#include "json.hpp"

#include "http/router.hpp"
#include "statistics.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace catalog {
namespace {

using nlohmann::json;
using ordered = nlohmann::ordered_json;

std::string written(const ordered& value)
{
    // Text in the database may be of any bytes; an answer is always UTF-8.
    return value.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

/// Texts that the standard leaves out are left out here too.
void add(ordered& to, const char* name, const std::string& text)
{
    if (!text.empty())
        to[name] = text;
}

ordered object(const language& one)
{
    ordered made = {{"code", one.code}, {"name", one.name}};
    add(made, "inverted_name", one.inverted_name);
    add(made, "common_name", one.common_name);
    add(made, "alpha_2", one.alpha_2);
    add(made, "bibliographic", one.bibliographic);
    made["scope"] = one.scope;
    made["type"] = one.type;
    made["revision"] = one.revision;
    return made;
}

ordered object(const language_hit& one)
{
    return {{"code", one.code}, {"name", one.name}, {"revision", one.revision}};
}

ordered object(const country& one)
{
    ordered made = {{"code", one.code}, {"name", one.name}};
    add(made, "official_name", one.official_name);
    add(made, "common_name", one.common_name);
    made["alpha_3"] = one.alpha_3;
    made["numeric"] = one.numeric;
    add(made, "flag", one.flag);
    return made;
}

ordered object(const subdivision& one)
{
    ordered made = {{"code", one.code}, {"name", one.name}, {"type", one.type}};
    add(made, "parent", one.parent);
    made["revision"] = one.revision;
    return made;
}

ordered object(const function_figures& one)
{
    const auto& cache = one.cache;
    return {{"name", one.name},
            {"hits", cache.hits},
            {"storage_hits", cache.storage_hits},
            {"storage_errors", cache.storage_errors},
            {"loads", cache.loads},
            {"joined", cache.joined},
            {"errors", cache.errors},
            {"cancelled", cache.cancelled},
            {"invalidations", cache.invalidations},
            {"poisoned", cache.poisoned},
            {"entries", cache.near_entries},
            {"database_queries", one.queries},
            {"queries_in_transactions", one.inside}};
}

const char* name_of(coffer::breaker_state now)
{
    switch (now) {
    case coffer::breaker_state::closed:
        return "closed";
    case coffer::breaker_state::open:
        return "open";
    case coffer::breaker_state::half_open:
        return "half open";
    }
    return "";
}

ordered object(const coffer::redis::latency_histogram& one)
{
    const auto microseconds = [&](double share) {
        return std::chrono::duration_cast<std::chrono::microseconds>(one.quantile(share)).count();
    };
    return {{"count", one.count()}, {"p50_us", microseconds(0.5)}, {"p99_us", microseconds(0.99)}};
}

ordered object(const cache_figures& one)
{
    const auto& client = one.client;
    const ordered breaker = {{"state", name_of(one.breaker)}, {"refused", one.refused}};
    const ordered invalidations = {{"pending", one.pending}, {"delivered_late", one.delivered}};
    const ordered connection = {
        {"up", client.connections},        {"made", client.connected},
        {"failed", client.connect_failed}, {"lost", client.connections_lost},
        {"calls", client.submitted},       {"answered", client.answered},
        {"timed_out", client.timed_out},   {"in_flight", client.in_flight},
        {"queued", client.queued}};
    return {{"server", one.server},
            {"round_trips", one.storage.trips},
            {"commands", one.storage.commands},
            {"unreadable", one.storage.unreadable},
            {"latency", object(client.latency.total())},
            {"breaker", breaker},
            {"invalidations", invalidations},
            {"connection", connection}};
}

template <class Record>
ordered list(const std::vector<Record>& all)
{
    ordered made = ordered::array();
    for (const auto& one : all)
        made.push_back(object(one));
    return made;
}

json read_object(std::string_view body)
{
    json read = json::parse(body, nullptr, false);
    if (read.is_discarded())
        throw http_error(400, "the body is not JSON");
    if (!read.is_object())
        throw http_error(400, "the body is not a JSON object");
    return read;
}

void refuse_unknown(const json& from, std::initializer_list<std::string_view> known)
{
    for (const auto& [name, value] : from.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw http_error(400, "unknown field \"" + name + '"');
}

std::optional<std::string> read_text(const json& from, const char* name)
{
    constexpr std::size_t most = 200;
    const auto found = from.find(name);
    if (found == from.end())
        return std::nullopt;
    if (!found->is_string())
        throw http_error(400, '"' + std::string(name) + "\" is not a string");
    auto text = found->get<std::string>();
    if (text.size() > most)
        throw http_error(400, '"' + std::string(name) + "\" is longer than 200 bytes");
    return text;
}

std::optional<std::string> read_name(const json& from)
{
    auto name = read_text(from, "name");
    if (name && name->empty())
        throw http_error(400, "\"name\" is empty");
    return name;
}

std::optional<std::string> read_letter(const json& from, const char* name, std::string_view allowed)
{
    auto letter = read_text(from, name);
    if (letter && (letter->size() != 1 || allowed.find(*letter) == allowed.npos))
        throw http_error(400, '"' + std::string(name) + "\" is not one of the letters " +
                                  std::string(allowed));
    return letter;
}

const json& at(const json& from, const std::string& path)
{
    try {
        return from.at(json::json_pointer(path));
    } catch (const json::exception&) {
        throw std::runtime_error("there is no " + path + " in the answer");
    }
}

json read_answer(std::string_view text)
{
    auto read = json::parse(text, nullptr, false);
    if (read.is_discarded())
        throw std::runtime_error("the answer is not JSON");
    return read;
}

} // namespace

response error_response(unsigned status, std::string_view message)
{
    return response(written({{"error", message}, {"status", status}}), status);
}

std::string json_text(const language& one)
{
    return written(object(one));
}

std::string json_text(const std::vector<language_hit>& found)
{
    return written({{"languages", list(found)}});
}

std::string json_text(const country& one)
{
    return written(object(one));
}

std::string json_text(const subdivision& one)
{
    return written(object(one));
}

std::string json_text(const std::vector<subdivision>& all)
{
    return written({{"subdivisions", list(all)}});
}

std::string json_text(const std::vector<route>& routes)
{
    ordered urls = ordered::array();
    for (const auto& one : routes)
        urls.push_back({{"method", one.method}, {"path", one.pattern}, {"what", one.what}});
    return written({{"urls", std::move(urls)}});
}

std::string json_text(const statistics& all)
{
    const ordered server = {{"connections", all.connections.connections},
                            {"accepted", all.connections.accepted},
                            {"refused", all.connections.refused}};
    const ordered transactions = {{"committed", all.work.committed},
                                  {"rolled_back", all.work.rolled_back}};
    return written({{"uptime_seconds", all.uptime.count()},
                    {"server", server},
                    {"transactions", transactions},
                    {"cache", all.cache ? object(*all.cache) : ordered{{"server", "memory"}}},
                    {"functions", list(all.work.functions)}});
}

language_change read_language_change(std::string_view body)
{
    const json from = read_object(body);
    refuse_unknown(from, {"name", "inverted_name", "common_name", "scope", "type"});
    language_change change;
    change.name = read_name(from);
    change.inverted_name = read_text(from, "inverted_name");
    change.common_name = read_text(from, "common_name");
    change.scope = read_letter(from, "scope", "IMS");
    change.type = read_letter(from, "type", "ACEHLS");
    return change;
}

std::string read_subdivision_name(std::string_view body)
{
    const json from = read_object(body);
    refuse_unknown(from, {"name"});
    auto name = read_name(from);
    if (!name)
        throw http_error(400, "\"name\" is missing");
    return *std::move(name);
}

std::int64_t json_number(std::string_view text, const std::string& path)
{
    const auto read = read_answer(text);
    const auto& value = at(read, path);
    if (!value.is_number_integer())
        throw std::runtime_error(path + " of the answer is not a number");
    return value.get<std::int64_t>();
}

std::string json_string(std::string_view text, const std::string& path)
{
    const auto read = read_answer(text);
    const auto& value = at(read, path);
    if (!value.is_string())
        throw std::runtime_error(path + " of the answer is not a string");
    return value.get<std::string>();
}

} // namespace catalog
