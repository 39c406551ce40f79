// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/line.hpp"

#include "storage/redis/names.hpp"

#include <coffer/core/crc32c.hpp>
#include <coffer/core/key_path.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iterator>
#include <stdexcept>

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

/// A replica may not have heard yet of what voids an entry.
redis::client at_primaries(const redis::client& any)
{
    auto terms = any.terms();
    return any.with(terms.read_from(redis::read_policy::primary));
}

/// Which servers there are, in a number.
std::uint64_t fingerprint(const std::map<std::string, redis::client>& servers)
{
    std::string all;
    for (const auto& [name, one] : servers)
        all += name + ' ';
    return crc32c(all);
}

/// Where a walk goes on: the server's cursor, the server's turn, and which servers there are.
class walk_place {
public:
    static std::optional<walk_place> read(std::string_view text)
    {
        const auto first = text.find('.');
        const auto second = text.find('.', first == text.npos ? first : first + 1);
        if (second == text.npos)
            return std::nullopt;
        const auto at = number_in<std::uint64_t>(text.substr(0, first));
        const auto turn = number_in<std::uint64_t>(text.substr(first + 1, second - first - 1));
        const auto among = number_in<std::uint64_t>(text.substr(second + 1));
        if (!at || !turn || !among)
            return std::nullopt;
        return walk_place{*at, *turn, *among};
    }
    std::string text() const
    {
        return std::to_string(cursor) + '.' + std::to_string(server) + '.' +
               std::to_string(servers);
    }

    std::uint64_t cursor = 0;
    std::uint64_t server = 0;
    std::uint64_t servers = 0;
};

template <class T>
boost::system::result<void, redis::error_reply> without_value(const redis::result<T>& reply)
{
    if (reply)
        return {};
    return reply.error();
}

} // namespace

redis_line::redis_line(redis::client over, redis_storage_options options, bool owned)
    : client_(at_primaries(over)), options_(std::move(options)), owned_(owned)
{}

asio::awaitable<redis_replies> redis_line::send(redis_trip trip,
                                                std::shared_ptr<redis::tracked_reads> report)
{
    const redis::client through = report ? client_.tracked(std::move(report)) : client_;
    commands_ += trip.size();
    ++trips_;
    const redis::request sent = std::move(trip).take();
    auto sending = through.batch<redis_fields>(sent);
    redis_replies replies = co_await std::move(sending);
    bool lost = false;
    for (const redis_reply& one : replies)
        lost = lost || is_lost(one);
    if (!lost)
        co_return replies;
    ++reloads_;
    auto loading = load_scripts();
    co_await std::move(loading);
    auto again = send_again(sent, std::move(replies), through);
    co_return co_await std::move(again);
}

asio::awaitable<void> redis_line::hear()
{
    auto turn = []() -> asio::awaitable<void> { co_await asio::post(asio::use_awaitable); };
    auto turning = asio::co_spawn(client_.get_executor(), turn(), asio::use_awaitable);
    co_await std::move(turning);
}

/// Only what was not carried out.
asio::awaitable<redis_replies> redis_line::send_again(const redis::request& sent,
                                                      redis_replies replies, redis::client through)
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
    auto sending = through.batch<redis_fields>(std::move(missing));
    redis_replies more = co_await std::move(sending);
    for (std::size_t i = 0; i < places.size(); ++i)
        replies[places[i]] = std::move(more[i]);
    co_return replies;
}

/// At all servers. One that is away gets them when it is missed: else nothing could be done at the
/// others meanwhile.
asio::awaitable<void> redis_line::load_scripts()
{
    auto asking = client_.primaries();
    const servers all = co_await std::move(asking);
    std::size_t failed = 0;
    for (const auto& [name, one] : all) {
        try {
            auto loading = load_scripts_at(one);
            co_await std::move(loading);
        } catch (const boost::system::system_error& why) {
            const bool is_away =
                why.code() != errc::server_refused && why.code() != asio::error::operation_aborted;
            if (!is_away || ++failed == all.size())
                throw;
        }
    }
}

asio::awaitable<void> redis_line::load_scripts_at(redis::client one)
{
    redis::request loads;
    for (const redis::script& each : all_redis_scripts())
        loads.add("SCRIPT", "LOAD", each.text());
    loads.mark(redis::idempotent);
    auto loading = one.batch<std::string>(std::move(loads));
    const auto digests = co_await std::move(loading);
    for (const auto& each : digests)
        expect_allowed(without_value(each), escaped(options_.prefix()));
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
    auto asking = ask_policies();
    co_await std::move(asking);
}

asio::awaitable<void> redis_line::ask_policies()
{
    auto finding = client_.primaries();
    const servers all = co_await std::move(finding);
    for (const auto& [name, one] : all) {
        auto asking = one.batch<std::string>(redis::request("INFO", "memory"));
        const auto memory = co_await std::move(asking);
        tell_policy(name, memory.front());
    }
}

asio::awaitable<redis_line::scanned> redis_line::scan(std::string from, std::string pattern,
                                                      std::size_t about)
{
    auto finding = client_.primaries();
    const servers all = co_await std::move(finding);
    walk_place place;
    place.servers = fingerprint(all);
    if (!from.empty()) {
        const auto told = walk_place::read(from);
        if (!told)
            throw std::invalid_argument("coffer: scan from a place that no earlier page named");
        if (told->servers != place.servers || told->server >= all.size())
            throw boost::system::system_error(errc::storage_unavailable,
                                              "a walk, as the servers have changed; begin again");
        place = *told;
    }
    const redis::client at =
        std::next(all.begin(), static_cast<std::ptrdiff_t>(place.server))->second;
    using answer = std::pair<std::uint64_t, std::vector<std::string>>;
    auto walking =
        at.exec<answer>("SCAN", place.cursor, "MATCH", pattern, "COUNT", about, "TYPE", "hash");
    answer page = co_await std::move(walking);
    scanned result;
    result.names = std::move(page.second);
    place.cursor = page.first;
    if (place.cursor == 0)
        ++place.server;
    if (place.server < all.size())
        result.next = place.text();
    co_return result;
}

void redis_line::tell_policy(const std::string& server,
                             const redis::result<std::string>& memory) const
{
    using kind = redis_storage_notice::kind;
    if (!memory) {
        const redis_storage_notice unknown(
            kind::cannot_be_asked, "the server " + server + " does not say what it evicts (" +
                                       memory.error().text() +
                                       "); allow the user +info, or ignore this");
        options_.on_notice()(unknown);
        return;
    }
    const std::string policy = info_value(*memory, "maxmemory_policy");
    if (!policy.starts_with("allkeys-"))
        return;
    const redis_storage_notice evicts(
        kind::evicts, "maxmemory-policy of " + server + " is " + policy +
                          ": it may evict the markers of tags and clears, which costs "
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
