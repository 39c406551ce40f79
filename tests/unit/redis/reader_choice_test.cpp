// SPDX-License-Identifier: BSL-1.0
#include <redis/client/reader_choice.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

using coffer::redis::read_policy;
using coffer::redis::detail::choose_reader;
using coffer::redis::detail::fading_mean;
using namespace std::chrono_literals;

namespace {

struct server {
    bool is_up = true;
    fading_mean::duration takes = fading_mean::duration::max();

    bool up() const { return is_up; }
    fading_mean::duration latency() const { return takes; }
};

/// One primary and three replicas.
class set {
public:
    std::shared_ptr<server> choose(read_policy by)
    {
        return choose_reader(by, primary, replicas, random);
    }

    std::shared_ptr<server> primary = std::make_shared<server>();
    std::vector<std::shared_ptr<server>> replicas{
        std::make_shared<server>(), std::make_shared<server>(), std::make_shared<server>()};

private:
    std::minstd_rand random{42};
};

} // namespace

TEST_CASE("redis reads: replicas are chosen at random, among those that are up")
{
    for (const auto by : {read_policy::replica, read_policy::prefer_replica}) {
        set all;
        all.replicas[1]->is_up = false;
        std::map<std::shared_ptr<server>, int> chosen;
        for (int count = 0; count < 1000; ++count)
            ++chosen[all.choose(by)];
        CHECK(chosen.size() == 2);
        CHECK(chosen[all.replicas[0]] > 400);
        CHECK(chosen[all.replicas[2]] > 400);
    }
}

TEST_CASE("redis reads: without a replica the primary serves whoever only prefers one")
{
    set all;
    for (const auto& each : all.replicas)
        each->is_up = false;
    CHECK(all.choose(read_policy::replica) == nullptr);
    CHECK(all.choose(read_policy::prefer_replica) == all.primary);
    CHECK(all.choose(read_policy::primary) == all.primary);
    all.primary.reset();
    CHECK(all.choose(read_policy::prefer_replica) == nullptr);
    CHECK(all.choose(read_policy::nearest) == nullptr);
}

TEST_CASE("redis reads: the nearest is who answers fastest, and is up")
{
    set all;
    CHECK(all.choose(read_policy::nearest) == all.primary); // nobody knows
    all.primary->takes = 300us;
    all.replicas[0]->takes = 200us;
    all.replicas[1]->takes = 100us;
    CHECK(all.choose(read_policy::nearest) == all.replicas[1]);
    all.replicas[1]->is_up = false;
    CHECK(all.choose(read_policy::nearest) == all.replicas[0]);
    all.replicas[0]->is_up = false;
    CHECK(all.choose(read_policy::nearest) == all.primary);
    all.primary->is_up = false;
    CHECK(all.choose(read_policy::nearest) == all.replicas[2]);
}

TEST_CASE("redis reads: a mean forgets what was long ago")
{
    fading_mean mean;
    CHECK_FALSE(mean.known());
    mean.add(100us);
    CHECK(mean.get() == 100us);
    mean.add(200us);
    CHECK(mean.get() == 125us);
    for (int count = 0; count < 50; ++count)
        mean.add(1ms);
    CHECK(mean.get() > 990us);
    mean.forget();
    CHECK_FALSE(mean.known());
}
