// SPDX-License-Identifier: BSL-1.0
// Near tier and memory_storage.
#include "stress/history_world.hpp"

#include <coffer/storage/memory_storage.hpp>

#include <functional>

using namespace history_world;

namespace {

coffer::options with_batch(coffer::options how, std::shared_ptr<std::atomic<source*>> from)
{
    return how.batch([from](std::vector<int> all) -> asio::awaitable<std::vector<version>> {
        return [](source* in, std::vector<int> wanted) -> asio::awaitable<std::vector<version>> {
            std::vector<version> found;
            for (const int key : wanted)
                found.push_back(in->current[static_cast<std::size_t>(key)]);
            auto steps = some_steps(2);
            co_await std::move(steps);
            co_return found;
        }(*from, std::move(all));
    });
}

/// One kind of change at a time: where it does too little, the others would soon make up for it.
void each_change_alone(const std::function<coffer::options()>& how)
{
    for (const change only : {change::invalidate, change::tag, change::clear})
        for (const bool concurrent : {false, true}) {
            CAPTURE(static_cast<int>(only));
            CAPTURE(concurrent);
            world in(how().allow_concurrent(concurrent), seed());
            in.changes = {only};
            run(in, rounds(400), rounds(300));
        }
}

} // namespace

TEST_CASE("stress: the near tier alone, callers share loads")
{
    world in(shared_loads(), seed());
    run(in, rounds(2000), rounds(1500));
}

TEST_CASE("stress: the near tier alone, callers do not share loads")
{
    world in(coffer::options(), seed());
    run(in, rounds(1500), rounds(1000));
}

TEST_CASE("stress: the near tier alone, loads stop with their last waiter, and errors are kept")
{
    world in(shared_loads().cancel_abandoned().error_ttl(1ms), seed());
    run(in, rounds(1500), rounds(1000));
}

TEST_CASE("stress: a storage without near tier, two functions over it")
{
    const auto how = shared_loads().storage(coffer::memory_storage());
    world in(how, seed());
    auto load = [&in](coffer::load_context& context, int key) {
        return source::load(&in.from, context, key);
    };
    in.functions.push_back(coffer::cached("version", load, how));
    run(in, rounds(800), rounds(500));
}

TEST_CASE("stress: a storage with near tier")
{
    world in(shared_loads().storage(coffer::memory_storage()).near(coffer::never), seed());
    run(in, rounds(1000), rounds(700));
}

TEST_CASE("stress: a storage with near tier, short lives, callers do not share loads")
{
    world in(coffer::options().storage(coffer::memory_storage()).near(1ms).ttl(2ms), seed());
    run(in, rounds(600), rounds(400));
}

TEST_CASE("history: no read that begins after an invalidation returned is older, near tier only")
{
    each_change_alone([] { return coffer::options(); });
}

TEST_CASE("history: nor over a storage")
{
    each_change_alone([] { return coffer::options().storage(coffer::memory_storage()); });
}

TEST_CASE("history: nor with a near tier over a storage")
{
    each_change_alone([] { return coffer::options().storage(coffer::memory_storage()).near(1h); });
}

TEST_CASE("stress: a batch loader, over the near tier and over a storage")
{
    for (const bool stored : {false, true}) {
        auto from = std::make_shared<std::atomic<source*>>(nullptr);
        auto how = shared_loads();
        if (stored)
            how.storage(coffer::memory_storage()).near(coffer::never);
        world in(with_batch(how.tag("even").tag("odd"), from), seed());
        *from = &in.from;
        run(in, rounds(600), rounds(400));
    }
}
