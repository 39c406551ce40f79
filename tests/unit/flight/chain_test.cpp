// SPDX-License-Identifier: BSL-1.0
#include "support/coro_test.hpp"

#include <coffer/flight/load_strand.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;
using coffer::current_load;
using coffer::load_link;
using coffer::detail::is_stopped;
using coffer::detail::linked_strand;
using coffer::detail::underlying;
using link_ptr = std::shared_ptr<const load_link>;

namespace {

link_ptr link(link_ptr parent = nullptr)
{
    return std::make_shared<const load_link>(std::move(parent), nullptr, nullptr);
}

asio::awaitable<link_ptr> here()
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    co_return current_load(executor);
}

asio::awaitable<void> everywhere(link_ptr mine)
{
    auto first = co_await here();
    CHECK(first == mine);
    co_await asio::post(asio::use_awaitable);
    first = co_await here();
    CHECK(first == mine);
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::chrono::seconds(0));
    co_await timer.async_wait(asio::use_awaitable);
    first = co_await here();
    CHECK(first == mine);
    const auto strand = asio::make_strand(executor);
    first = co_await asio::co_spawn(strand, here(), asio::use_awaitable);
    CHECK(first == mine);
    const auto tracked = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    CHECK(current_load(tracked) == mine);
}

} // namespace

TEST_CASE("chain: an executor carries its load through posts, timers, spawns and strands")
{
    asio::io_context io;
    const auto mine = link();
    bool ended = false;
    asio::co_spawn(linked_strand(io.get_executor(), mine), everywhere(mine),
                   [&](std::exception_ptr failed) {
                       CHECK_FALSE(failed);
                       ended = true;
                   });
    io.run();
    CHECK(ended);
}

TEST_CASE("chain: other executors carry none")
{
    asio::io_context io;
    CHECK(current_load(io.get_executor()) == nullptr);
    CHECK(current_load(asio::make_strand(io)) == nullptr);
    CHECK(current_load(asio::make_strand(asio::any_io_executor(io.get_executor()))) == nullptr);
    CHECK(current_load(asio::any_io_executor()) == nullptr);
}

TEST_CASE("chain: a load's executor inside of another's has its own link")
{
    asio::io_context io;
    const auto outer = link();
    const auto inner = link(outer);
    const auto first = linked_strand(io.get_executor(), outer);
    const auto second = linked_strand(underlying(first), inner);
    CHECK(current_load(second) == inner);
    CHECK(inner->parent() == outer.get());
}

TEST_CASE("chain: underlying() finds the context's executor behind strands and links")
{
    asio::io_context io;
    asio::thread_pool pool(1);
    const asio::any_io_executor plain = io.get_executor();
    CHECK(underlying(plain) == plain);
    CHECK(underlying(asio::make_strand(io)) == plain);
    CHECK(underlying(asio::make_strand(plain)) == plain);
    CHECK(underlying(linked_strand(plain, link())) == plain);
    CHECK(underlying(asio::make_strand(linked_strand(plain, link()))) == plain);
    const asio::any_io_executor pooled = pool.get_executor();
    CHECK(underlying(asio::make_strand(pool)) == pooled);
    CHECK(&coffer::detail::context_of(linked_strand(pooled, link())) == &pool);
}

TEST_CASE("chain: whether a context has stopped, as far as its kind is known")
{
    asio::io_context io;
    CHECK_FALSE(is_stopped(io.get_executor()));
    io.stop();
    CHECK(is_stopped(io.get_executor()));
    io.restart();
    CHECK_FALSE(is_stopped(io.get_executor()));
    asio::thread_pool pool(1);
    pool.stop();
    CHECK_FALSE(is_stopped(pool.get_executor())); // nobody can tell
}

TEST_CASE("chain: a load ends once and for ever")
{
    const auto one = link();
    CHECK_FALSE(one->over());
    one->end();
    one->end();
    CHECK(one->over());
}
