// SPDX-License-Identifier: BSL-1.0
// Two clients of one Redis server, as two processes would be.
#include "stress/history_world.hpp"

#include "support/servers/redis_cluster.hpp"
#include "support/servers/redis_server.hpp"

#include <coffer/storage/redis_storage.hpp>

#include <boost/asio/io_context.hpp>

#include <thread>

using namespace history_world;

namespace {

/// A thread for clients; it ends when they are closed.
class clients {
public:
    clients() : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
    clients(const clients&) = delete;
    clients& operator=(const clients&) = delete;
    ~clients()
    {
        guard_.reset();
        thread_.join();
    }

    template <class Servers>
    coffer::redis_storage storage(const Servers& servers)
    {
        const coffer::redis::config where(servers.url("?deadline=30s"));
        return coffer::redis_storage(io_.get_executor(), where);
    }
    void close(const coffer::redis_storage& one)
    {
        asio::co_spawn(io_, one->close(), asio::use_future).get();
    }

private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
};

template <class Servers>
void two_functions_over(const Servers& servers)
{
    clients one;
    clients two;
    const auto first = one.storage(servers);
    const auto second = two.storage(servers);
    world in(shared_loads().storage(first), seed());
    auto load = [&in](coffer::load_context& context, int key) {
        return source::load(&in.from, context, key);
    };
    in.functions.push_back(coffer::cached("version", load, shared_loads().storage(second)));
    run(in, rounds(400), rounds(250));
    one.close(first);
    two.close(second);
}

// What writers tell the first function, their process knows at once; the other one after a fence.
template <class Servers>
void two_coherent_functions_over(const Servers& servers)
{
    clients one;
    clients two;
    const auto first = one.storage(servers);
    const auto second = two.storage(servers);
    const auto over = [](const coffer::redis_storage& store) {
        return shared_loads().storage(store).near(coffer::coherent);
    };
    world in(over(first), seed());
    auto load = [&in](coffer::load_context& context, int key) {
        return source::load(&in.from, context, key);
    };
    in.functions.push_back(coffer::cached("version", load, over(second)));
    in.before = [second](std::size_t which) -> asio::awaitable<void> {
        return which == 0 ? some_steps(0) : second.fence();
    };
    run(in, rounds(400), rounds(250));
    for (const auto& f : in.functions)
        CHECK(f.stats().hits > 0); // else no near tier was tested
    one.close(first);
    two.close(second);
}

} // namespace

TEST_CASE("stress: two functions over a Redis server")
{
    const support::redis_server server;
    two_functions_over(server);
}

// Marks are on another node than most entries.
TEST_CASE("stress: two functions over a Redis Cluster")
{
    const support::redis_cluster cluster;
    two_functions_over(cluster);
}

TEST_CASE("stress: two functions with coherent near tiers over a Redis server")
{
    const support::redis_server server;
    two_coherent_functions_over(server);
}

TEST_CASE("stress: two functions with coherent near tiers over a Redis Cluster")
{
    const support::redis_cluster cluster;
    two_coherent_functions_over(cluster);
}
