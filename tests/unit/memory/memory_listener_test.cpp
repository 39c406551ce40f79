// SPDX-License-Identifier: BSL-1.0
#include <coffer/memory/memory_cache.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using coffer::memory_options;
using coffer::removal_cause;

namespace {

struct notice {
    int key;
    std::string value;
    removal_cause cause;
    friend bool operator==(const notice&, const notice&) = default;
};

using notices = std::vector<notice>;
using cache_type = coffer::memory_cache<int, std::string>;

auto into(notices& heard)
{
    return [&heard](int key, const std::string& value, removal_cause cause) {
        heard.push_back({key, value, cause});
    };
}

std::size_t length(int, const std::string& value)
{
    return value.size();
}

} // namespace

TEST_CASE("listener: hears of each cause, with key and value")
{
    notices heard;
    coffer::testing::manual_clock clock;
    cache_type cache(memory_options().entries(2).clock(clock),
                     cache_type::hooks().on_removal(into(heard)));
    cache.put(1, "a");
    cache.put(1, "b");
    cache.invalidate(1);
    cache.put(2, "c", 1s);
    clock.advance(1s);
    cache.get(2);
    cache.put(3, "d");
    cache.put(4, "e");
    cache.put(5, "f");
    cache.invalidate_if([](int key, const std::string&) { return key == 4; });
    cache.clear();
    CHECK(heard == notices{{1, "a", removal_cause::replaced},
                           {1, "b", removal_cause::invalidated},
                           {2, "c", removal_cause::expired},
                           {3, "d", removal_cause::size},
                           {4, "e", removal_cause::invalidated},
                           {5, "f", removal_cause::cleared}});
    const coffer::memory_stats stats = cache.stats();
    CHECK(stats.insertions == 6);
    CHECK(stats.removed() == heard.size());
    CHECK(stats.listener_failures == 0);
}

TEST_CASE("listener: a put that evicts several tells of the replaced value last, when it is linked")
{
    notices heard;
    cache_type cache(memory_options().weight(10),
                     cache_type::hooks().weigher(length).on_removal(into(heard)));
    cache.put(1, "1234");
    cache.put(2, "1234");
    cache.put(2, "1234567");
    CHECK(heard == notices{{1, "1234", removal_cause::size}, {2, "1234", removal_cause::replaced}});
}

TEST_CASE("listener: a refused value is shown to it, after the old one")
{
    notices heard;
    cache_type cache(memory_options().weight(5),
                     cache_type::hooks().weigher(length).on_removal(into(heard)));
    cache.put(1, "old");
    CHECK_FALSE(cache.put(1, "too heavy"));
    CHECK_FALSE(cache.put(2, "short", 0s));
    CHECK(heard == notices{{1, "old", removal_cause::replaced},
                           {1, "too heavy", removal_cause::size},
                           {2, "short", removal_cause::expired}});
    CHECK(cache.stats().rejected == 2);
    CHECK(cache.size() == 0);
}

TEST_CASE("listener: may take a move-only value away")
{
    std::vector<std::unique_ptr<int>> kept;
    using cache_of_unique = coffer::memory_cache<int, std::unique_ptr<int>>;
    cache_of_unique cache({}, cache_of_unique::hooks().on_removal(
                                  [&](int, std::unique_ptr<int>&& value, removal_cause) {
                                      kept.push_back(std::move(value));
                                  }));
    cache.put(1, std::make_unique<int>(10));
    cache.invalidate(1);
    REQUIRE(kept.size() == 1);
    CHECK(*kept[0] == 10);
}

TEST_CASE("listener: what it throws is counted, swallowed and does not silence it")
{
    int calls = 0;
    cache_type cache(memory_options().entries(1),
                     cache_type::hooks().on_removal([&](int, const std::string&, removal_cause) {
                         ++calls;
                         throw std::runtime_error("listener");
                     }));
    for (int key = 0; key < 5; ++key)
        CHECK_NOTHROW(cache.put(key, "x"));
    CHECK_NOTHROW(cache.put(9, "y", 0s)); // refused: told as well
    CHECK_NOTHROW(cache.clear());
    CHECK(calls == 6);
    CHECK(cache.stats().listener_failures == 6);
    cache.check_invariants();
}

TEST_CASE("listener: may call every operation of the cache, as no lock is held")
{
    coffer::testing::manual_clock clock;
    std::function<void(int)> on_key;
    cache_type cache(memory_options().entries(50).clock(clock),
                     cache_type::hooks().on_removal(
                         [&](int key, const std::string&, removal_cause) { on_key(key); }));
    int depth = 0;
    on_key = [&](int key) {
        if (key < 1000 || depth > 3)
            return;
        ++depth;
        cache.get(key - 1);
        cache.put(key + 1, "from the listener");
        cache.compute(5, [](auto& slot) { slot = "computed"; });
        cache.invalidate(5);
        cache.invalidate_if([](int each, const std::string&) { return each == 7; });
        cache.purge_expired();
        cache.get_or_insert(3, [] { return "x"; });
        cache.snapshot();
        cache.stats();
        --depth;
    };
    for (int key = 1000; key < 1100; ++key)
        cache.put(key, "x", 1s);
    cache.invalidate(1099);
    clock.advance(1s);
    cache.purge_expired();
    cache.put(2000, "y");
    cache.clear();
    CHECK(cache.stats().removed(removal_cause::cleared) > 0);
    cache.check_invariants();
}

TEST_CASE("destructors of removed values may call the cache")
{
    struct chatty;
    using cache_of_chatty = coffer::memory_cache<int, std::shared_ptr<chatty>>;
    struct chatty {
        explicit chatty(cache_of_chatty& in) : cache(in) {}
        ~chatty() { cache.contains(1); }
        cache_of_chatty& cache;
    };
    cache_of_chatty cache(memory_options().entries(2));
    for (int key = 0; key < 5; ++key)
        cache.put(key, std::make_shared<chatty>(cache));
    cache.put(4, std::make_shared<chatty>(cache));
    cache.invalidate(4);
    cache.clear();
    CHECK(cache.size() == 0);
}

TEST_CASE("listener: when it is told, the value has left already")
{
    bool asked = false;
    cache_type* self = nullptr;
    cache_type cache(
        {}, cache_type::hooks().on_removal([&](int key, const std::string&, removal_cause) {
            asked = true;
            CHECK_FALSE(self->contains(key));
            CHECK(self->size() == 0);
        }));
    self = &cache;
    cache.put(1, "a");
    cache.invalidate(1);
    CHECK(asked);
}

TEST_CASE("listener: is not called by the cache's destructor")
{
    int calls = 0;
    {
        cache_type cache({}, cache_type::hooks().on_removal(
                                 [&](int, const std::string&, removal_cause) { ++calls; }));
        cache.put(1, "a");
    }
    CHECK(calls == 0);
}

TEST_CASE("removal causes have the names that metrics use")
{
    using coffer::to_string;
    CHECK(to_string(removal_cause::size) == std::string("size"));
    CHECK(to_string(removal_cause::expired) == std::string("expired"));
    CHECK(to_string(removal_cause::replaced) == std::string("replaced"));
    CHECK(to_string(removal_cause::invalidated) == std::string("invalidated"));
    CHECK(to_string(removal_cause::cleared) == std::string("cleared"));
}
