// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/line.hpp"

#include "storage/redis/names.hpp"

#include <coffer/core/key_path.hpp>

namespace coffer::detail {
namespace {

bool is_lost(const redis_reply& reply)
{
    return !reply && reply.error().is("NOSCRIPT");
}

/// The value of a line `name:value` in what INFO answers.
std::string info_value(const std::string& info, const std::string& name)
{
    const auto at = info.find("\n" + name + ":");
    if (at == info.npos)
        return {};
    const auto from = at + name.size() + 2;
    return info.substr(from, info.find_first_of("\r\n", from) - from);
}

/// Throws what the server refused, and says what its user lacks if that is why.
void expect_allowed(const boost::system::result<void, redis::error_reply>& reply,
                    const std::string& prefix)
{
    if (reply)
        return;
    const redis::error_reply& why = reply.error();
    const bool forbidden = why.is("NOPERM") ||
                           why.text().find("ACL failure") != std::string::npos ||
                           why.text().find("can't run this command") != std::string::npos;
    if (!forbidden)
        throw redis::error(why);
    throw boost::system::system_error(
        errc::server_refused, "the server's user needs +@read +@write +@scripting on the keys " +
                                  prefix + ":*; the server said: " + why.text());
}

template <class T>
boost::system::result<void, redis::error_reply> without_value(const redis::result<T>& reply)
{
    if (reply)
        return {};
    return reply.error();
}

} // namespace

redis_line::redis_line(redis::client over, redis_storage_options options, bool owned)
    : client_(std::move(over)), options_(std::move(options)), owned_(owned)
{}

asio::awaitable<redis_replies> redis_line::send(redis_trip trip)
{
    commands_ += trip.size();
    ++trips_;
    const redis::request sent = std::move(trip).take();
    auto sending = client_.batch<redis_fields>(sent);
    redis_replies replies = co_await std::move(sending);
    bool lost = false;
    for (const redis_reply& one : replies)
        lost = lost || is_lost(one);
    if (!lost)
        co_return replies;
    ++reloads_;
    auto loading = load_scripts();
    co_await std::move(loading);
    auto again = send_again(sent, std::move(replies));
    co_return co_await std::move(again);
}

/// Only what was not carried out.
asio::awaitable<redis_replies> redis_line::send_again(const redis::request& sent,
                                                      redis_replies replies)
{
    redis::request missing;
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < replies.size(); ++at) {
        if (!is_lost(replies[at]))
            continue;
        const auto words = sent.arguments(at);
        missing.begin(words.front(), words.size());
        for (std::size_t i = 1; i < words.size(); ++i)
            missing.append(words[i]);
        places.push_back(at);
    }
    if (sent.flags().has(redis::idempotent))
        missing.mark(redis::idempotent);
    commands_ += places.size();
    ++trips_;
    auto sending = client_.batch<redis_fields>(std::move(missing));
    redis_replies more = co_await std::move(sending);
    for (std::size_t i = 0; i < places.size(); ++i)
        replies[places[i]] = std::move(more[i]);
    co_return replies;
}

asio::awaitable<void> redis_line::load_scripts()
{
    redis::request loads;
    for (const redis::script& one : all_redis_scripts())
        loads.add("SCRIPT", "LOAD", one.text());
    loads.mark(redis::idempotent);
    auto loading = client_.batch<std::string>(std::move(loads));
    const auto digests = co_await std::move(loading);
    for (const auto& one : digests)
        expect_allowed(without_value(one), escaped(options_.prefix()));
}

asio::awaitable<void> redis_line::get_ready()
{
    if (ready_.exchange(true))
        co_return; // or someone is at it: then a lost script is noticed by itself
    try {
        auto checking = check();
        co_await std::move(checking);
    } catch (...) {
        ready_ = false;
        throw;
    }
}

asio::awaitable<void> redis_line::check()
{
    auto loading = load_scripts();
    co_await std::move(loading);
    // What is written needs permissions that the loading of scripts does not: tried on a key that
    // is not there, so it writes nothing.
    redis_trip trial;
    const redis_names names(options_.prefix());
    trial.run(redis_script::invalidate, names.entry(storage_key("-", "-", "check")), "hard", "", 0);
    trial.marks(names.space("-"), {"#"});
    trial.may_repeat();
    auto trying = send(std::move(trial));
    const auto tried = co_await std::move(trying);
    for (const auto& one : tried)
        expect_allowed(without_value(one), escaped(options_.prefix()));
    if (!options_.on_notice())
        co_return;
    auto asking = client_.batch<std::string>(redis::request("INFO", "memory"));
    const auto memory = co_await std::move(asking);
    tell_policy(memory.front());
}

void redis_line::tell_policy(const redis::result<std::string>& memory) const
{
    using kind = redis_storage_notice::kind;
    if (!memory) {
        const redis_storage_notice unknown(kind::cannot_be_asked,
                                           "the server does not say what it evicts (" +
                                               memory.error().text() +
                                               "); allow the user +info, or ignore this");
        options_.on_notice()(unknown);
        return;
    }
    const std::string policy = info_value(*memory, "maxmemory_policy");
    if (!policy.starts_with("allkeys-"))
        return;
    const redis_storage_notice evicts(
        kind::evicts, "maxmemory-policy is " + policy +
                          ": the server may evict the markers of tags and clears, which costs "
                          "misses, and version floors, which are then forgotten; prefer a "
                          "volatile-* policy");
    options_.on_notice()(evicts);
}

asio::awaitable<void> redis_line::close()
{
    if (!owned_)
        co_return;
    auto closing = client_.close();
    co_await std::move(closing);
}

redis_storage_stats redis_line::stats() const noexcept
{
    redis_storage_stats now;
    now.trips = trips_;
    now.commands = commands_;
    now.unreadable = unreadable_;
    now.reloads = reloads_;
    return now;
}

} // namespace coffer::detail
