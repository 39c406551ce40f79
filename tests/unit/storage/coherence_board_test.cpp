// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/coherence_board.hpp>

#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using coffer::coherence_board;
using coffer::coherence_ticket;
using namespace std::chrono_literals;

namespace {

/// A board that is trusted.
class trusted {
public:
    trusted() { board.trust_until(time.now() + 2s); }

    coffer::testing::manual_clock time;
    coherence_board board{time, 16};
};

} // namespace

TEST_CASE("coherence board: a ticket holds until its entry or its space changes")
{
    trusted t;
    const auto one = t.board.ticket(1, 2);
    const auto other = t.board.ticket(3, 4);
    CHECK(t.board.holds(one));
    SUBCASE("the entry")
    {
        t.board.changed(1);
    }
    SUBCASE("the space")
    {
        t.board.changed(2);
    }
    SUBCASE("another name in the same stripe")
    {
        t.board.changed(17);
    }
    CHECK_FALSE(t.board.holds(one));
    CHECK(t.board.holds(other));
    CHECK(t.board.holds(t.board.ticket(1, 2))); // a new one
    CHECK(t.board.changes() == 1);
    CHECK(t.board.epochs() == 0);
}

TEST_CASE("coherence board: an epoch voids all tickets, and a default one never held")
{
    trusted t;
    const auto one = t.board.ticket(1, 2);
    t.board.all_changed();
    CHECK_FALSE(t.board.holds(one));
    CHECK(t.board.holds(t.board.ticket(1, 2)));
    CHECK_FALSE(t.board.holds(coherence_ticket()));
    CHECK(t.board.epochs() == 1);
}

TEST_CASE("coherence board: nothing holds beyond its time, and what held holds again after")
{
    trusted t;
    const auto one = t.board.ticket(1, 2);
    t.time.advance(2s);
    CHECK_FALSE(t.board.trusted());
    CHECK_FALSE(t.board.holds(one));
    t.board.trust_until(t.time.now() + 1ms); // the silence was short of words, not of changes
    CHECK(t.board.holds(one));
    t.board.trust_until(t.time.now() - 1h); // never earlier
    CHECK(t.board.holds(one));
    t.board.trust_ends();
    CHECK_FALSE(t.board.trusted());
    t.board.trust_until(t.time.now() + 1h);
    CHECK_FALSE(t.board.holds(one));
    CHECK(t.board.holds(t.board.ticket(1, 2)));
}

TEST_CASE("coherence board: nobody trusts a new one, and stripes are a power of two")
{
    const coffer::testing::manual_clock time;
    const coherence_board board{time};
    CHECK_FALSE(board.trusted());
    CHECK_FALSE(board.holds(board.ticket(1, 2)));
    CHECK_THROWS_AS(coherence_board(time, 0), std::invalid_argument);
    CHECK_THROWS_AS(coherence_board(time, 24), std::invalid_argument);
}

TEST_CASE("coherence board: a storage without pushes has none")
{
    const auto memory = coffer::memory_storage();
    CHECK(memory->board() == nullptr);
    (void)memory->ticket(coffer::storage_key("space", "group", "id"));
}

// Whoever changes first writes the value, then the board; whoever reads takes the ticket first.
TEST_CASE("coherence board: with threads, no copy that is vouched for is older than a change")
{
    coherence_board board{coffer::clock(), 4};
    board.trust_until(std::chrono::steady_clock::now() + 1h);
    std::atomic<unsigned> value{0};
    std::atomic<unsigned> announced{0};
    std::atomic<bool> wrong{false};
    const auto read = [&] {
        coherence_ticket ticket;
        unsigned copy = 0;
        for (int i = 0; i < 20'000; ++i) {
            const unsigned least = announced;
            if (board.holds(ticket)) {
                wrong = wrong || copy < least;
                continue;
            }
            ticket = board.ticket(1, 2);
            copy = value;
        }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back(read);
    for (unsigned next = 1; next < 5'000; ++next) {
        value = next;
        if (next % 100 == 0)
            board.all_changed();
        else
            board.changed(next % 2 == 0 ? 1 : 2);
        announced = next;
    }
    for (auto& one : readers)
        one.join();
    CHECK_FALSE(wrong);
}
