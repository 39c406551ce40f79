// SPDX-License-Identifier: BSL-1.0
// Kinds of loaders, arguments and results.
#include "support/coro_test.hpp"

#include <coffer/cached.hpp>
#include <coffer/core/unkeyed.hpp>
#include <coffer/shared.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> join(const std::string& a, const std::string& b)
{
    co_await asio::post(asio::use_awaitable); // the arguments are still there afterwards
    co_return a + b;
}

asio::awaitable<int> nothing()
{
    co_return 42;
}

class shop {
public:
    explicit shop(int base) : base_(base) {}
    asio::awaitable<int> price(int id)
    {
        ++asked;
        co_return base_ + id;
    }
    asio::awaitable<int> price_now(coffer::load_context& load, int id) const
    {
        load.tag("prices");
        co_return base_ - id;
    }
    int asked = 0;

private:
    int base_;
};

/// Counts how often it was copied.
class tracer {
public:
    tracer() = default;
    tracer(const tracer& other) : id(other.id) { ++copies; }
    tracer(tracer&&) = default;
    tracer& operator=(const tracer&) = default;

    int id = 0;
    inline static int copies = 0;
};

asio::awaitable<int> traced(coffer::unkeyed<tracer> from, int key)
{
    co_return from.get().id * 100 + key;
}

template <class Call>
auto get(Call&& call)
{
    return support::run(std::forward<Call>(call).as_awaitable());
}

} // namespace

TEST_CASE("signatures: they are deduced from the loader, arguments decayed, the context left out")
{
    const auto lambda = [](coffer::load_context&, const std::string& text) -> asio::awaitable<int> {
        co_return static_cast<int>(text.size());
    };
    static_assert(std::is_same_v<decltype(coffer::cached("x", join)),
                                 coffer::cached_function<std::string(std::string, std::string)>>);
    static_assert(
        std::is_same_v<decltype(coffer::cached("x", nothing)), coffer::cached_function<int()>>);
    static_assert(std::is_same_v<decltype(coffer::cached("x", lambda)),
                                 coffer::cached_function<int(std::string)>>);
    const auto f = coffer::cached("x", lambda);
    CHECK(get(f("four")) == 4);
    CHECK(f.peek(std::string("four")) == 4);
}

TEST_CASE("arguments: references refer to copies that live as long as the load")
{
    const auto f = coffer::cached("x", join);
    asio::io_context io;
    auto pending = [&] {
        const std::string a(100, 'a');
        const std::string b(100, 'b');
        return support::start(io, f(a, b).as_awaitable());
    }();
    support::drain(io);
    CHECK(pending.get() == std::string(100, 'a') + std::string(100, 'b'));
}

TEST_CASE("arguments: several, and none")
{
    const auto f = coffer::cached("x", join);
    CHECK(get(f("a", "bc")) == "abc");
    CHECK(get(f("ab", "c")) == "abc");
    CHECK(f.stats().loads == 2); // not the same key
    CHECK(f.peek("ab", "c") == "abc");
    using key = decltype(f)::key;
    static_assert(std::is_same_v<key, std::tuple<std::string, std::string>>);
    const auto many = support::run(f.get_many({key("a", "bc"), key("x", "y")}));
    CHECK(many[0].value() == "abc");
    CHECK(many[1].value() == "xy");

    const auto none = coffer::cached("x", nothing);
    CHECK(get(none()) == 42);
    CHECK(none.peek() == 42);
    support::run(none.put(43));
    CHECK(get(none()) == 43);
    support::run(none.invalidate());
    CHECK(get(none()) == 42);
}

TEST_CASE("arguments: what is unkeyed is no part of the key, and is there for the loader")
{
    const auto f = coffer::cached("x", traced);
    tracer first;
    first.id = 1;
    tracer second;
    second.id = 2;
    CHECK(get(f(first, 7)) == 107);
    CHECK(get(f(second, 7)) == 107); // a hit
    CHECK(get(f(second, 8)) == 208);
    tracer::copies = 0;
    const coffer::unkeyed<tracer> ready(first);
    tracer::copies = 0;
    CHECK(get(f(ready, 7)) == 107);
    CHECK(tracer::copies == 0); // a hit copies no argument
}

TEST_CASE("loaders: a member function, of an object or of what points to it")
{
    shop one(1000);
    const auto plain = coffer::cached("x", &shop::price, &one);
    const auto owned = coffer::cached("x", &shop::price, std::make_shared<shop>(2000));
    const auto constant = coffer::cached("x", &shop::price_now, std::make_shared<const shop>(3000));
    CHECK(get(plain(7)) == 1007);
    CHECK(get(plain(7)) == 1007);
    CHECK(one.asked == 1);
    CHECK(get(owned(7)) == 2007);
    CHECK(get(constant(7)) == 2993);
    support::run(constant.invalidate_tag("prices"));
    CHECK_FALSE(constant.peek(7));
}

TEST_CASE("loaders: one whose signature cannot be deduced is given it")
{
    const auto generic = [](auto id) -> asio::awaitable<int> { co_return id + 1; };
    const auto f = coffer::cached<int(int)>("x", generic);
    CHECK(get(f(7)) == 8);
    shop one(1000);
    const auto bound = coffer::cached<int(int)>("x", std::bind_front(&shop::price, &one));
    CHECK(get(bound(7)) == 1007);
    const std::function<asio::awaitable<int>(int)> erased = generic;
    CHECK(get(coffer::cached("x", erased)(7)) == 8);
}

TEST_CASE("loaders: what they own lives as long as the function, or a load that runs")
{
    const int before = support::live::count();
    asio::io_context io;
    std::optional<support::outcome_of<int>> pending;
    {
        const auto load = [owned = support::live()](int id) -> asio::awaitable<int> {
            return [](int value) -> asio::awaitable<int> {
                co_await asio::post(asio::use_awaitable);
                co_return value;
            }(id);
        };
        const auto f = coffer::cached("x", load);
        pending = support::start(io, f(7).as_awaitable());
        support::step(io, 2);
    }
    CHECK(support::live::count() > before);
    support::drain(io);
    CHECK(pending->get() == 7);
    CHECK(support::live::count() == before);
}

TEST_CASE("results: a hit is a copy, which callers may change")
{
    const auto load = [](int n) -> asio::awaitable<std::vector<int>> {
        co_return std::vector<int>(static_cast<std::size_t>(n), 1);
    };
    const auto f = coffer::cached("x", load);
    auto mine = get(f(3));
    mine[0] = 42;
    mine.clear();
    CHECK(get(f(3)) == std::vector<int>{1, 1, 1});
}

TEST_CASE("results: an empty one is a hit like any other")
{
    int loads = 0;
    const auto load = [&](int) -> asio::awaitable<std::optional<std::string>> {
        ++loads;
        co_return std::nullopt;
    };
    const auto f = coffer::cached("x", load);
    CHECK_FALSE(get(f(1)).has_value());
    CHECK_FALSE(get(f(1)).has_value());
    CHECK(loads == 1);
    CHECK(f.peek(1).has_value()); // there, and empty
}

TEST_CASE("results: of a type that cannot be made from nothing")
{
    class picky {
    public:
        explicit picky(int from) : number(from) {}
        int number;
    };
    const auto load = [](int id) -> asio::awaitable<picky> { co_return picky(id); };
    const auto f = coffer::cached("x", load);
    const auto ask = [](decltype(f) g) -> asio::awaitable<int> {
        const picky first = co_await g(7);
        const picky second = co_await g(7);
        const auto known = co_await g.find(7);
        co_return first.number + second.number + known->number;
    };
    CHECK(support::run(ask(f)) == 21);
}

TEST_CASE("results: what cannot be copied is shared")
{
    const auto load = [](int id) -> asio::awaitable<std::unique_ptr<int>> {
        co_return std::make_unique<int>(id);
    };
    const auto f = coffer::cached("x", coffer::shared(load));
    static_assert(std::is_same_v<
                  decltype(f),
                  const coffer::cached_function<std::shared_ptr<const std::unique_ptr<int>>(int)>>);
    const auto first = get(f(7));
    const auto second = get(f(7));
    CHECK(**first == 7);
    CHECK(first == second); // one object
}
