// SPDX-License-Identifier: BSL-1.0
#include "support/coro_test.hpp"
#include "support/live.hpp"

#include <coffer/flight/load_strand.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using coffer::detail::linked_strand;
using coffer::detail::load_executor;
using coffer::detail::load_strand;

// What `any_io_executor` holds in place; anything larger is allocated, for each property asked for.
static_assert(sizeof(load_executor) <= sizeof(std::shared_ptr<void>) + sizeof(void*));
static_assert(std::is_nothrow_copy_constructible_v<load_executor>);
static_assert(std::is_nothrow_move_constructible_v<load_executor>);

namespace {

const load_strand& strand_of(const asio::any_io_executor& executor)
{
    return *executor.target<load_executor>()->strand();
}

asio::any_io_executor tracked(const asio::any_io_executor& executor)
{
    return asio::prefer(executor, asio::execution::outstanding_work.tracked);
}

/// Runs a function when it is destroyed.
class last_will {
public:
    explicit last_will(std::function<void()> what) : what_(std::move(what)) {}
    last_will(last_will&& other) noexcept : what_(std::exchange(other.what_, nullptr)) {}
    ~last_will()
    {
        if (what_)
            what_();
    }

private:
    std::function<void()> what_;
};

} // namespace

TEST_CASE("load strand: steps run in their order, those that a step posts in a later turn")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    asio::post(strand, [&] {
        ran += 'a';
        asio::post(strand, [&] { ran += 'c'; });
    });
    asio::post(strand, [&] { ran += 'b'; });
    CHECK(ran.empty());
    CHECK(io.run_one() == 1);
    CHECK(ran == "ab");
    CHECK(io.run() == 1);
    CHECK(ran == "abc");
}

TEST_CASE("load strand: inside of a step a dispatch runs at once, a post does not")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    const auto other = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    CHECK_FALSE(strand_of(strand).running_here());
    asio::post(strand, [&] {
        CHECK(strand_of(strand).running_here());
        CHECK_FALSE(strand_of(other).running_here());
        asio::post(strand, [&] { ran += 'c'; });
        asio::dispatch(strand, [&] { ran += 'a'; });
        asio::dispatch(other, [&] { // runs here as well: it is the same thread of the context
            ran += 'b';
            CHECK(strand_of(strand).running_here());
            CHECK(strand_of(other).running_here());
            asio::dispatch(strand, [&] { ran += 'B'; });
        });
        CHECK(ran == "abB");
    });
    io.run();
    CHECK(ran == "abBc");
}

TEST_CASE("load strand: the first step may run on the caller's stack; what it posts does not")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    coffer::detail::begin_in(strand, [&] {
        CHECK(strand_of(strand).running_here());
        asio::post(strand, [&] { ran += 'c'; });
        asio::dispatch(strand, [&] { ran += 'a'; });
        coffer::detail::push_step(strand, [&] { ran += 'd'; });
        ran += 'b';
    });
    CHECK(ran == "ab");
    io.run();
    CHECK(ran == "abcd");
}

TEST_CASE("load strand: a first step that throws leaves the strand usable, and what it posted")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    const auto first = [&] {
        asio::post(strand, [&] { ran += 'a'; });
        throw std::runtime_error("first");
    };
    CHECK_THROWS_AS(coffer::detail::begin_in(strand, first), std::runtime_error);
    io.run();
    CHECK(ran == "a");
}

TEST_CASE("load strand: what a step throws goes to whoever runs the context; the others still run")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    asio::post(strand, [&] { ran += 'a'; });
    asio::post(strand, [] { throw std::runtime_error("b"); });
    asio::post(strand, [&] {
        ran += 'c';
        asio::post(strand, [&] { ran += 'd'; });
    });
    CHECK_THROWS_AS(io.run(), std::runtime_error);
    CHECK(ran == "a");
    CHECK_FALSE(strand_of(strand).running_here());
    io.run();
    CHECK(ran == "acd");
}

TEST_CASE("load strand: a function that cannot be copied leaves nothing behind")
{
    struct stubborn {
        stubborn() = default;
        stubborn(const stubborn&) { throw std::runtime_error("no copy"); }
        void operator()() const {}
    };
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    const stubborn one;
    CHECK_THROWS_AS(coffer::detail::push_step(strand, one), std::runtime_error);
    CHECK(io.run() == 0);
}

TEST_CASE("load strand: a context that goes destroys the steps, and what they post meanwhile")
{
    const int before = support::live::count();
    int ran = 0;
    {
        asio::io_context io;
        const auto strand = linked_strand(io.get_executor(), nullptr);
        for (int i = 0; i < 3; ++i) {
            last_will again([&ran, strand] {
                asio::post(strand,
                           [&ran, strand, here = std::make_shared<support::live>()] { ++ran; });
            });
            asio::post(strand, [&ran, again = std::move(again),
                                here = std::make_shared<support::live>()] { ++ran; });
        }
        CHECK(support::live::count() == before + 3);
    }
    CHECK(ran == 0);
    CHECK(support::live::count() == before);
}

TEST_CASE("load strand: a context that goes in the middle of a turn destroys the rest of it")
{
    const int before = support::live::count();
    {
        asio::io_context io;
        const auto strand = linked_strand(io.get_executor(), nullptr);
        asio::post(strand, [] { throw std::runtime_error("in the middle"); });
        asio::post(strand, [strand, here = std::make_shared<support::live>()] {});
        CHECK_THROWS_AS(io.run(), std::runtime_error);
        asio::post(strand, [strand, here = std::make_shared<support::live>()] {});
        CHECK(support::live::count() == before + 2);
    }
    CHECK(support::live::count() == before);
}

TEST_CASE("load strand: a tracked executor keeps its context busy, and no longer than it lives")
{
    asio::io_context io;
    auto strand = linked_strand(io.get_executor(), nullptr);
    const auto is_busy = [&] {
        io.restart();
        io.poll();
        return !io.stopped();
    };
    CHECK_FALSE(is_busy());
    auto one = tracked(strand);
    CHECK(is_busy());
    auto copy = one;
    auto never = asio::require(copy, asio::execution::blocking.never);
    auto two = tracked(strand);
    one = nullptr;
    CHECK(is_busy());
    auto moved = std::move(copy);
    two = strand; // assigned over
    CHECK(is_busy());
    moved = asio::prefer(moved, asio::execution::outstanding_work.untracked);
    CHECK(is_busy());
    never = nullptr;
    CHECK_FALSE(is_busy());
    two = tracked(tracked(strand));
    CHECK(is_busy());
    two = nullptr;
    CHECK_FALSE(is_busy());
    CHECK(moved == strand);
}

TEST_CASE("load strand: executors are equal if they are of one strand, whatever their properties")
{
    asio::io_context io;
    const auto one = linked_strand(io.get_executor(), nullptr);
    const auto other = linked_strand(io.get_executor(), nullptr);
    CHECK(one == asio::any_io_executor(one));
    CHECK(one == tracked(one));
    CHECK(one == asio::require(one, asio::execution::blocking.never));
    CHECK(one != other);
    CHECK(*one.target<load_executor>() != *other.target<load_executor>());
    CHECK(&asio::query(one, asio::execution::context) == &io);
}

TEST_CASE("load strand: a coroutine can wait for the next turn")
{
    asio::io_context io;
    const auto strand = linked_strand(io.get_executor(), nullptr);
    std::string ran;
    struct body {
        static asio::awaitable<void> run(const asio::any_io_executor* strand, std::string* ran)
        {
            *ran += 'a';
            co_await coffer::detail::next_turn(*strand);
            CHECK(strand_of(*strand).running_here());
            *ran += 'c';
            asio::steady_timer timer(*strand, std::chrono::seconds(0));
            co_await timer.async_wait(asio::use_awaitable);
            CHECK(strand_of(*strand).running_here());
            *ran += 'd';
        }
    };
    coffer::detail::begin_in(strand, [&] {
        asio::co_spawn(strand, body::run(&strand, &ran), [](std::exception_ptr) {});
        ran += 'b';
    });
    CHECK(ran == "ab");
    io.run();
    CHECK(ran == "abcd");
}

TEST_CASE("load strand: on many threads one step at a time, each thread's own in their order")
{
    constexpr int threads = 4;
    constexpr int posts = 5000;
    asio::thread_pool pool(4);
    const auto strand = linked_strand(pool.get_executor(), nullptr);
    std::vector<int> last(threads, -1); // not atomic: the strand guards it
    bool in_order = true;
    int ran = 0;
    std::atomic<int> inside{0};
    std::atomic<bool> alone{true};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([&, t] {
            for (int i = 0; i < posts; ++i) {
                const auto busy = tracked(strand);
                asio::post(strand, [&, t, i] {
                    if (++inside != 1)
                        alone = false;
                    in_order = in_order && last[static_cast<std::size_t>(t)] == i - 1;
                    last[static_cast<std::size_t>(t)] = i;
                    ++ran;
                    --inside;
                });
            }
        });
    for (auto& one : all)
        one.join();
    pool.join();
    CHECK(alone);
    CHECK(in_order);
    CHECK(ran == threads * posts);
}
