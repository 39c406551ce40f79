// SPDX-License-Identifier: BSL-1.0
#include "workload.hpp"

#if COFFER_HAVE_HIREDIS

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>

#include <cstdio>
#include <cstdlib>

namespace bench_redis {
namespace {

struct run_state {
    event_base* loop;
    redisAsyncContext* on;
    std::size_t left;
    std::size_t under_way = 0;
    std::vector<std::string> names;
};

struct chain {
    run_state* of;
    std::size_t at;
    std::string value;
};

void send_next(chain& one);

void answered(redisAsyncContext*, void* reply, void* data)
{
    chain& one = *static_cast<chain*>(data);
    const auto* got = static_cast<const redisReply*>(reply);
    if (!got || got->type != REDIS_REPLY_STRING || got->len != value_size) {
        std::fprintf(stderr, "bench_redis: a wrong reply through hiredis\n");
        std::exit(1);
    }
    one.value.assign(got->str, got->len);
    --one.of->under_way;
    send_next(one);
}

void send_next(chain& one)
{
    run_state& all = *one.of;
    if (all.left == 0) {
        if (all.under_way == 0)
            event_base_loopbreak(all.loop);
        return;
    }
    --all.left;
    ++all.under_way;
    one.at = (one.at + 7919) % keys;
    const std::string& name = all.names[one.at];
    redisAsyncCommand(all.on, answered, &one, "GET %b", name.data(), name.size());
}

} // namespace

cost run_hiredis(unsigned short port, std::size_t requests, std::size_t at_once)
{
    run_state all{event_base_new(), redisAsyncConnect("127.0.0.1", port), requests, 0, {}};
    for (std::size_t number = 0; number < keys; ++number)
        all.names.push_back(key(number));
    redisLibeventAttach(all.on, all.loop);
    std::vector<chain> chains;
    for (std::size_t number = 0; number < at_once; ++number)
        chains.push_back({&all, number * 131, {}});
    const double wall = now_seconds();
    const double cpu = cpu_seconds();
    for (auto& each : chains)
        send_next(each);
    event_base_dispatch(all.loop);
    cost seen;
    seen.rps = static_cast<double>(requests) / (now_seconds() - wall);
    seen.cpu_seconds_per_million = (cpu_seconds() - cpu) / static_cast<double>(requests) * 1e6;
    redisAsyncFree(all.on);
    event_base_free(all.loop);
    return seen;
}

} // namespace bench_redis

#else

namespace bench_redis {

cost run_hiredis(unsigned short, std::size_t, std::size_t)
{
    return {};
}

} // namespace bench_redis

#endif
