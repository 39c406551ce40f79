// SPDX-License-Identifier: BSL-1.0
// Random lives of a multiplexer, with a server that carries out what arrives whole and answers in
// order. Whatever happens, each request ends once, with its own answer, and is never carried out
// where that is denied, nor twice if it may not be.
#include "wire_fixture.hpp"

#include <coffer/redis/decode.hpp>

#include <redis/resp/reply_scanner.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <random>

using namespace wire_test;

namespace {

/// Reads commands of one connection; each has a number as its only argument.
class server {
public:
    explicit server(std::map<int, int>& runs) : runs_(runs) {}

    void read(std::string_view bytes)
    {
        in_ += bytes;
        redis::detail::reply_scanner scanner;
        std::string_view rest = in_;
        while (!rest.empty() &&
               scanner.scan(rest) == redis::detail::reply_scanner::state::complete) {
            run(redis::decode<std::vector<std::string>>(scanner.view()));
            rest.remove_prefix(scanner.size());
            scanner.reset();
        }
        in_.erase(0, in_.size() - rest.size());
    }

    std::string replies;

private:
    void run(const std::vector<std::string>& command)
    {
        if (command.size() == 1) {
            replies += "+PONG\r\n";
            return;
        }
        ++runs_[std::stoi(command[1])];
        replies += "$" + std::to_string(command[1].size()) + "\r\n" + command[1] + "\r\n";
    }

    std::map<int, int>& runs_;
    std::string in_;
};

class life {
public:
    explicit life(std::uint64_t seed) : random_(seed), fixture_(options()) { start_connection(); }

    redis::detail::wire_stats run(int steps)
    {
        while (steps-- > 0)
            step();
        settle();
        check();
        return fixture_.wire.stats();
    }

private:
    static wire_options options()
    {
        wire_options small;
        small.max_in_flight = 20;
        small.read_burst = 3;
        small.write_batch = 200;
        small.replay_window = 2;
        small.max_queued_offline = 10;
        small.ping_after = 300ms;
        small.max_attempts = 4;
        small.gather_above = 30;
        return small;
    }

    bool chance(unsigned percent) { return random_() % 100 < percent; }

    void start_connection()
    {
        server_ = std::make_unique<server>(runs_);
        fixture_.up();
    }

    void step()
    {
        if (chance(40))
            ask();
        if (chance(50))
            write();
        if (chance(50))
            answer();
        if (chance(10) && !all_.empty())
            fixture_.wire.cancel(all_[random_() % all_.size()]);
        if (chance(10)) {
            fixture_.advance(std::chrono::milliseconds(random_() % 60));
            if (fixture_.tick() == health::dead)
                reconnect();
        }
        if (chance(3))
            reconnect();
        if (chance(1))
            be_quiet();
    }

    // Long enough that it is asked whether it lives.
    void be_quiet()
    {
        settle();
        fixture_.advance(300ms);
        CHECK(fixture_.tick() == health::good);
    }

    void ask()
    {
        const int number = static_cast<int>(all_.size());
        const std::string digits = std::to_string(number);
        request what;
        const bool read = chance(50);
        const bool several = chance(20);
        for (int left = several ? 3 : 1; left > 0; --left)
            read ? what.add("GET", digits) : what.add("INCR", digits);
        if (chance(10)) {
            // Longer than what is copied; all leading zeros are the same number.
            static const std::string zeros(60, '0');
            padded_.push_back(zeros + digits);
            what = request(read ? "GET" : "INCR", redis::borrowed{padded_.back()});
        }
        auto& who = all_.emplace_back(std::move(what));
        if (chance(30))
            who.deadline = fixture_.now + std::chrono::milliseconds(random_() % 200);
        if (fixture_.wire.submit(who) != admission::admitted)
            who.end = verdict::closed; // refused: counts as never asked
    }

    void write()
    {
        if (down_)
            return;
        server_->read(fixture_.sent(chance(50) ? random_() % 100 : 10'000));
    }

    void answer()
    {
        if (down_)
            return;
        auto& replies = server_->replies;
        const auto count = chance(50) ? random_() % 30 : replies.size();
        const std::string part = replies.substr(0, count);
        replies.erase(0, part.size());
        REQUIRE(fixture_.answer(part) != read_state::broken);
    }

    void reconnect()
    {
        if (!down_)
            fixture_.down();
        down_ = !down_ && chance(50);
        if (!down_)
            start_connection();
    }

    void settle()
    {
        if (down_) {
            down_ = false;
            start_connection();
        }
        for (int left = 2000;
             left > 0 && (fixture_.wire.wants_write() || !server_->replies.empty()); --left) {
            server_->read(fixture_.sent());
            std::string replies;
            replies.swap(server_->replies);
            REQUIRE(fixture_.answer(replies) != read_state::broken);
        }
        CHECK(fixture_.wire.in_flight() == 0);
        CHECK(fixture_.wire.queued() == 0);
        CHECK(fixture_.wire.queued_bytes() == 0);
    }

    void check()
    {
        for (std::size_t number = 0; number < all_.size(); ++number)
            check(static_cast<int>(number), all_[number]);
    }

    void check(int number, caller& who)
    {
        CAPTURE(number);
        REQUIRE(who.end);
        const int runs = runs_[number];
        const int commands = static_cast<int>(who.asks.commands());
        for (const auto& reply : who.got)
            CHECK(std::stoi(reply.as<std::string>()) == number);
        if (who.is(verdict::answered)) {
            CHECK(runs >= commands);
            CHECK(static_cast<int>(who.got.size()) >= commands);
        } else if (!who.maybe_executed() && commands == 1) {
            CHECK(runs == 0);
        }
        if (!who.asks.flags().has(redis::read_only) && commands == 1)
            CHECK(runs <= 1);
    }

    std::mt19937_64 random_;
    std::map<int, int> runs_; // by number: how often its commands were carried out
    std::deque<std::string> padded_;
    std::deque<caller> all_;
    wire_fixture fixture_;
    std::unique_ptr<server> server_;
    bool down_ = false;
};

} // namespace

TEST_CASE("multiplexer: in any life each request ends once and with its own answer")
{
    redis::detail::wire_stats seen;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        const auto stats = life(seed).run(400);
        seen.answered += stats.answered;
        seen.cancelled += stats.cancelled;
        seen.timed_out += stats.timed_out;
        seen.swallowed += stats.swallowed;
        seen.sent_again += stats.sent_again;
        seen.lost += stats.lost;
        seen.refused += stats.refused;
        seen.pings += stats.pings;
    }
    // It would prove little if some of this had not happened.
    CHECK(seen.answered > 300);
    CHECK(seen.cancelled > 300);
    CHECK(seen.timed_out > 300);
    CHECK(seen.swallowed > 300);
    CHECK(seen.sent_again > 100);
    CHECK(seen.lost > 100);
    CHECK(seen.refused > 100);
    CHECK(seen.pings > 100);
}
