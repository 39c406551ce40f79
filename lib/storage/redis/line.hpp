// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "storage/redis/marks.hpp"
#include "storage/redis/scripts.hpp"

#include <coffer/redis/client.hpp>
#include <coffer/storage/redis_storage.hpp>

#include <atomic>
#include <map>
#include <string>
#include <vector>

namespace coffer::detail {

using redis_reply = redis::result<redis_fields>;
using redis_replies = std::vector<redis_reply>;

/// Commands that go to the server together. The replies are lists of texts.
class redis_trip {
public:
    /// Of the hash of a space, or of an entry.
    std::size_t fields(const std::string& name, const std::vector<std::string>& wanted)
    {
        return add("HMGET", name, wanted);
    }
    std::size_t marks(const std::string& space_name, const std::vector<std::string>& wanted)
    {
        return fields(space_name, wanted);
    }
    template <redis::command_argument... Arguments>
    std::size_t run(redis_script which, const std::string& name, const Arguments&... arguments)
    {
        return add("EVALSHA", script_of(which).digest(), 1, name, arguments...);
    }
    /// Carrying it out twice does no harm.
    void may_repeat() { sent_.mark(redis::idempotent); }

    std::size_t size() const noexcept { return sent_.commands(); }
    redis::request take() && { return std::move(sent_); }

private:
    template <redis::command_argument... Arguments>
    std::size_t add(std::string_view command, const Arguments&... arguments)
    {
        sent_.add(command, arguments...);
        return sent_.commands() - 1;
    }

    redis::request sent_;
};

/// The storage's way to its server: sends trips, sees to it that the scripts are there, and checks
/// the server on first use.
class redis_line {
public:
    redis_line(redis::client over, redis_storage_options options, bool owned);

    /// One reply for each command. What the server refuses is in its reply. With a `report` the
    /// server is to watch what is read.
    asio::awaitable<redis_replies> send(redis_trip trip,
                                        std::shared_ptr<redis::tracked_reads> report = nullptr);
    /// Lets the client take in what came along with the last answer.
    asio::awaitable<void> hear();
    /// One page of SCAN at one of the servers, each after the other. `from` is empty, or what the
    /// page before gave; it is empty again at the end.
    ///
    /// Errors: `std::invalid_argument` for any other `from`; `errc::storage_unavailable` if there
    /// are other servers than when the walk began.
    class scanned {
    public:
        std::vector<std::string> names;
        std::string next;
    };
    asio::awaitable<scanned> scan(std::string from, std::string pattern, std::size_t about);
    /// Once; a failure is thrown, and the next call tries again.
    asio::awaitable<void> get_ready();
    asio::awaitable<void> check();
    asio::awaitable<void> close();

    const redis::client& client() const noexcept { return client_; }
    /// True if keys are on several servers, which carry out one trip in any order.
    bool is_spread() const noexcept { return client_.topology() == redis::topology::cluster; }
    redis_storage_stats stats() const noexcept;
    void count_unreadable() noexcept { ++unreadable_; }

private:
    using servers = std::map<std::string, redis::client>;

    asio::awaitable<void> load_scripts();
    asio::awaitable<void> load_scripts_at(redis::client one);
    asio::awaitable<void> ask_policies();
    asio::awaitable<redis_replies> send_again(const redis::request& sent, redis_replies before,
                                              redis::client through);
    void tell_policy(const std::string& server, const redis::result<std::string>& memory) const;

    const redis::client client_;
    const redis_storage_options options_;
    const bool owned_;
    std::atomic<bool> ready_{false};
    std::atomic<std::uint64_t> trips_{0};
    std::atomic<std::uint64_t> commands_{0};
    std::atomic<std::uint64_t> unreadable_{0};
    std::atomic<std::uint64_t> reloads_{0};
};

} // namespace coffer::detail
