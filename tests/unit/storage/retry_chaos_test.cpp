// SPDX-License-Identifier: BSL-1.0
// A retry queue over a storage that fails, loses replies and is healed by seed: whatever happens,
// this process never hits a value older than its last invalidation, and in the end all agree.
#include <coffer/storage/memory_storage.hpp>
#include <coffer/storage/retry_queue.hpp>
#include <coffer/testing/chaos_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include "support/coro_test.hpp"

#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using coffer::acquired_state;
using coffer::entry;
using coffer::invalidation;
using coffer::storage_key;
using coffer::storage_ptr;
using coffer::testing::chaos;
using support::drain;
using support::start;
namespace asio = boost::asio;

namespace {

constexpr int keys = 4;

storage_key key(int which)
{
    return storage_key("space", "group", std::to_string(which));
}

entry made(int which, int value)
{
    entry result(std::to_string(value));
    result.tags = {"even" + std::to_string(which % 2)};
    return result;
}

class run_of {
public:
    run_of(unsigned seed, std::size_t limit)
        : random_(seed),
          memory_(coffer::memory_storage(coffer::memory_storage_options().clock(time_))),
          flaky_(memory_, chaos().fail(0.3).lose_reply(0.2).seed(seed)),
          queue_(flaky_, coffer::retry_options()
                             .clock(time_)
                             .pause(10ms, 40ms)
                             .limit(limit)
                             .jitter(coffer::jitter(seed)))
    {}

    void act()
    {
        const int which = pick(keys);
        switch (pick(8)) {
        case 0:
            return write(which);
        case 1:
            return write_tagged(which % 2);
        case 2:
            return fill_one();
        case 3:
            time_.advance(std::chrono::milliseconds(pick(30)));
            drain(io_);
            return;
        case 4:
            return load_elsewhere(which);
        default:
            return read(which);
        }
    }

    /// The storage works again: everything that waits gets there.
    void settle()
    {
        flaky_.plan(chaos());
        for (int i = 0; i < 20; ++i) {
            time_.advance(40ms);
            drain(io_);
        }
        CHECK(queue_.pending() == 0);
        for (int which = 0; which < keys; ++which) {
            const auto left = support::run(io_, memory_->get(key(which)));
            if (left)
                CHECK(left->payload == std::to_string(db_[which]));
        }
        support::run(io_, queue_.close());
        CHECK(time_.pending() == 0);
    }

    int hits() const { return hits_; }

private:
    struct load {
        storage_ptr through;
        int which;
        int value;
        coffer::lease grant;
    };

    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

    template <class T>
    support::outcome_of<T> attempt(asio::awaitable<T> operation)
    {
        auto one = start(io_, std::move(operation));
        drain(io_);
        REQUIRE(one.done());
        return one;
    }

    void write(int which)
    {
        ++db_[which];
        attempt(queue_->invalidate(key(which), invalidation::hard, std::nullopt));
    }

    void write_tagged(int parity)
    {
        for (int which = parity; which < keys; which += 2)
            ++db_[which];
        attempt(queue_->bump("space", "even" + std::to_string(parity), invalidation::hard));
    }

    void read(int which)
    {
        const auto asked = attempt(queue_->acquire(key(which), 1h));
        if (asked.failed())
            return;
        const auto answer = asked.get();
        if (answer.state == acquired_state::hit) {
            ++hits_;
            CHECK(answer.found->payload == std::to_string(db_[which]));
        }
        if (answer.grant)
            loads_.push_back({queue_, which, db_[which], answer.grant});
    }

    /// Another process, which shares the storage and not this queue.
    void load_elsewhere(int which)
    {
        const auto answer = attempt(memory_->acquire(key(which), 1h)).get();
        if (answer.grant)
            loads_.push_back({memory_, which, db_[which], answer.grant});
    }

    void fill_one()
    {
        if (loads_.empty())
            return;
        const auto at = loads_.begin() + pick(static_cast<int>(loads_.size()));
        const load one = std::move(*at);
        loads_.erase(at);
        attempt(one.through->fill(key(one.which), one.grant, made(one.which, one.value)));
    }

    std::mt19937 random_;
    asio::io_context io_;
    coffer::testing::manual_clock time_;
    storage_ptr memory_;
    coffer::testing::chaos_storage flaky_;
    coffer::retry_queue queue_;
    int db_[keys] = {};
    std::vector<load> loads_;
    int hits_ = 0;
};

} // namespace

TEST_CASE("retry queue: under chaos no hit is older than the last invalidation, and all heals")
{
    int hits = 0;
    for (std::size_t limit : {1, 3, 1'000}) {
        for (unsigned seed = 1; seed <= 40; ++seed) {
            CAPTURE(seed);
            CAPTURE(limit);
            run_of here(seed, limit);
            for (int i = 0; i < 150; ++i)
                here.act();
            here.settle();
            hits += here.hits();
        }
    }
    CHECK(hits > 100); // it was not always distrust that kept it right
}
