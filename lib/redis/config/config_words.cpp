// SPDX-License-Identifier: BSL-1.0
#include "redis/config/config_words.hpp"

#include "redis/config/config_text.hpp"

#include <algorithm>
#include <iterator>

namespace coffer::redis::detail {

using std::chrono::milliseconds;

namespace {

// In the order of read_policy.
constexpr std::string_view policies[] = {"primary", "replica", "prefer_replica", "nearest"};

/// What one option of a URL does: returns what it should have been, or nothing if it was fine.
using applied = const char*;

template <auto Member>
applied apply_text(const std::string& value, words_target to)
{
    (to.builder.*Member)(value);
    return nullptr;
}

template <config& (config::*Member)(milliseconds)>
applied apply_time(const std::string& value, words_target to)
{
    const auto time = time_of(value);
    if (!time)
        return "a time with its unit, such as 250ms or 2s";
    (to.builder.*Member)(*time);
    return nullptr;
}

template <config& (config::*Member)(std::size_t)>
applied apply_count(const std::string& value, words_target to)
{
    const auto count = size_of(value);
    if (!count)
        return "a number, such as 1000 or 64MiB";
    (to.builder.*Member)(*count);
    return nullptr;
}

applied apply_database(const std::string& value, words_target to)
{
    const auto number = number_of(value, 1'000'000);
    if (!number)
        return "the number of a database, such as 0";
    to.builder.database(static_cast<unsigned>(*number));
    return nullptr;
}

applied apply_deadline(const std::string& value, words_target to)
{
    const auto time = time_of(value);
    if (!time && value != "none")
        return "a time with its unit, such as 250ms, or none";
    to.builder.deadline(time);
    return nullptr;
}

applied apply_first_pause(const std::string& value, words_target to)
{
    const auto time = time_of(value);
    if (!time)
        return "a time with its unit, such as 50ms";
    to.builder.pause(*time, std::max(*time, to.values.longest_pause));
    return nullptr;
}

applied apply_longest_pause(const std::string& value, words_target to)
{
    const auto time = time_of(value);
    if (!time)
        return "a time with its unit, such as 2s";
    to.builder.pause(std::min(*time, to.values.first_pause), *time);
    return nullptr;
}

applied apply_protocol(const std::string& value, words_target to)
{
    if (value != "2" && value != "newest")
        return "newest or 2";
    to.builder.protocol(value == "2" ? protocol::resp2 : protocol::newest);
    return nullptr;
}

applied apply_overflow(const std::string& value, words_target to)
{
    if (value != "wait" && value != "refuse")
        return "wait or refuse";
    to.builder.overflow(value == "wait" ? overflow::wait : overflow::refuse);
    return nullptr;
}

applied apply_verification(const std::string& value, words_target to)
{
    if (value != "full" && value != "none")
        return "full or none";
    to.builder.verification(value == "full" ? verification::full : verification::none);
    return nullptr;
}

applied apply_read_from(const std::string& value, words_target to)
{
    const auto* const found = std::find(std::begin(policies), std::end(policies), value);
    if (found == std::end(policies))
        return "primary, replica, prefer_replica or nearest";
    to.builder.read_from(static_cast<read_policy>(found - policies));
    return nullptr;
}

applied apply_sentinel_tls(const std::string& value, words_target to)
{
    if (value != "yes" && value != "no")
        return "yes or no";
    to.builder.sentinel_tls(value == "yes" ? sentinel_tls::yes : sentinel_tls::no);
    return nullptr;
}

// Of user and password each comes alone, as with the two files.
template <std::string credentials::* Member>
applied apply_sentinel_login(const std::string& value, words_target to)
{
    to.values.sentinel_login.*Member = value;
    return nullptr;
}

// The two files come one after the other, so each is put beside what is there already.
template <std::string settings::* Member>
applied apply_file(const std::string& value, words_target to)
{
    if (value.empty())
        return "the path of a file";
    to.values.*Member = value;
    return nullptr;
}

struct word {
    std::string_view name;
    applied (*apply)(const std::string&, words_target);
};

constexpr word words[] = {
    {"db", apply_database},
    {"database", apply_database},
    {"master", apply_text<&config::master>},
    {"sentinel_user", apply_sentinel_login<&credentials::user>},
    {"sentinel_password", apply_sentinel_login<&credentials::password>},
    {"sentinel_tls", apply_sentinel_tls},
    {"read_from", apply_read_from},
    {"client_name", apply_text<&config::client_name>},
    {"protocol", apply_protocol},
    {"ca_file", apply_text<&config::ca_file>},
    {"certificate_file", apply_file<&settings::certificate_file>},
    {"key_file", apply_file<&settings::key_file>},
    {"server_name", apply_text<&config::server_name>},
    {"verification", apply_verification},
    {"connect_timeout", apply_time<&config::connect_timeout>},
    {"deadline", apply_deadline},
    {"first_pause", apply_first_pause},
    {"longest_pause", apply_longest_pause},
    {"silence", apply_time<&config::silence>},
    {"links", apply_count<&config::links>},
    {"max_dedicated", apply_count<&config::max_dedicated>},
    {"max_in_flight", apply_count<&config::max_in_flight>},
    {"max_queued_bytes", apply_count<&config::max_queued_bytes>},
    {"max_offline", apply_count<&config::max_offline>},
    {"overflow", apply_overflow},
    {"max_reply_bytes", apply_count<&config::max_reply_bytes>},
};

} // namespace

std::string apply_word(std::string_view name, const std::string& value, words_target to)
{
    for (const auto& [known, apply] : words) {
        if (known != name)
            continue;
        const applied wanted = apply(value, to);
        return wanted ? std::string(name) + "=" + value + ": it takes " + wanted : std::string();
    }
    std::string all;
    for (const auto& each : words)
        all += (all.empty() ? "" : ", ") + std::string(each.name);
    return "there is no option \"" + std::string(name) + "\"; there are " + all;
}

namespace {

class word_writer {
public:
    void text(const char* name, const std::string& value, const std::string& usual)
    {
        if (value == usual)
            return;
        all_ += (all_.empty() ? "" : "&") + std::string(name) + '=' + percent_encoded(value);
    }
    void count(const char* name, std::size_t value, std::size_t usual)
    {
        text(name, std::to_string(value), std::to_string(usual));
    }
    void time(const char* name, milliseconds value, milliseconds usual)
    {
        text(name, std::to_string(value.count()) + "ms", std::to_string(usual.count()) + "ms");
    }

    std::string all() && { return std::move(all_); }

private:
    std::string all_;
};

std::string text_of(const std::optional<milliseconds>& deadline)
{
    return deadline ? std::to_string(deadline->count()) + "ms" : "none";
}

} // namespace

std::string words_of(const settings& values)
{
    static const settings usual;
    word_writer to;
    if (values.by == transport::socket_file)
        to.count("db", values.database, usual.database);
    to.text("sentinel_user", values.sentinel_login.user, "");
    if (values.sentinel_tls)
        to.text("sentinel_tls", values.sentinel_tls == sentinel_tls::yes ? "yes" : "no", "");
    to.text("read_from", std::string(policies[static_cast<int>(values.read_from)]), "primary");
    to.text("client_name", values.client_name, "");
    to.text("protocol", values.protocol == protocol::resp2 ? "2" : "", "");
    to.text("ca_file", values.ca_file, "");
    to.text("certificate_file", values.certificate_file, "");
    to.text("key_file", values.key_file, "");
    to.text("server_name", values.server_name, "");
    to.text("verification", values.verification == verification::none ? "none" : "", "");
    to.time("connect_timeout", values.connect_timeout, usual.connect_timeout);
    to.text("deadline", text_of(values.deadline), text_of(usual.deadline));
    to.time("first_pause", values.first_pause, usual.first_pause);
    to.time("longest_pause", values.longest_pause, usual.longest_pause);
    to.time("silence", values.silence, usual.silence);
    to.count("links", values.links, usual.links);
    to.count("max_dedicated", values.max_dedicated, usual.max_dedicated);
    to.count("max_in_flight", values.max_in_flight, usual.max_in_flight);
    to.count("max_queued_bytes", values.max_queued_bytes, usual.max_queued_bytes);
    to.count("max_offline", values.max_offline, usual.max_offline);
    to.text("overflow", values.overflow == overflow::refuse ? "refuse" : "", "");
    to.count("max_reply_bytes", values.max_reply_bytes, usual.max_reply_bytes);
    return std::move(to).all();
}

} // namespace coffer::redis::detail
