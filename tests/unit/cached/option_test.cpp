// SPDX-License-Identifier: BSL-1.0
// Options that cannot be right, and what is said about them.
#include "unit/cached/stored_fixture.hpp"

#include <coffer/cached.hpp>
#include <coffer/storage/null_storage.hpp>

#include <cmath>

using namespace fixture;
using coffer::options;

namespace {

/// What `f` refuses, in its own words; empty if it does not.
template <class F>
std::string refused(F f)
{
    try {
        f();
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

bool says(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    CHECK(text.find("coffer: ") == 0);
    return text.find(part) != std::string::npos;
}

/// A value without a codec.
class opaque {
public:
    int number = 0;
};

asio::awaitable<opaque> load_opaque(int)
{
    co_return opaque();
}

const auto from = std::make_shared<source>();

} // namespace

TEST_CASE("options: what cannot be right is refused where it is written")
{
    CHECK(says(refused([] { options().ttl(coffer::ttl::inherit()); }), "inherit"));
    CHECK(says(refused([] { options().error_ttl(coffer::ttl::inherit()); }), "inherit"));
    CHECK(says(refused([] { options().near(coffer::ttl::inherit()); }), "inherit"));
    CHECK(says(refused([] { options().ttl(-1s); }), "negative"));
    CHECK(says(refused([] { options().grace(-1ms); }), "negative"));
    CHECK(says(refused([] { options().lease_wait(-1ms); }), "negative"));
    CHECK(says(refused([] { options().time_to_idle(0s); }), "positive"));
    CHECK(says(refused([] { options().time_to_idle(coffer::ttl::inherit()); }), "positive"));
    CHECK(says(refused([] { options().jitter(-0.1); }), "0 to 1"));
    CHECK(says(refused([] { options().jitter(1.1); }), "0 to 1"));
    CHECK(says(refused([] { options().jitter(std::nan("")); }), "0 to 1"));
    CHECK(says(refused([] { options().load_deadline(0ms); }), "positive"));
    CHECK(says(refused([] { options().load_deadline(25h); }), "a day"));
    CHECK(says(refused([] { options().max_loads(0); }), "never"));
    CHECK(says(refused([] { options().batch_parallel(0); }), "never"));
    CHECK(says(refused([] { options().executor({}); }), "empty"));
    CHECK(says(refused([] { options().storage(nullptr); }), "null"));
    CHECK(says(refused([] { options().namespace_(""); }), "name"));
    const auto weigh = [](const int&) { return std::size_t{1}; };
    CHECK(says(refused([&] { options().max_weight(0, weigh); }), "capacity(0)"));
}

TEST_CASE("options: the bounds themselves are right")
{
    CHECK_NOTHROW(options().ttl(0s).ttl(coffer::never).grace(0ms).lease_wait(0ms));
    CHECK_NOTHROW(options().jitter(0).jitter(1).load_deadline(1ms).load_deadline(24h));
    CHECK_NOTHROW(options().time_to_idle(coffer::never).time_to_idle(1ms).max_loads(1));
}

TEST_CASE("options: a function needs a name")
{
    const auto load = [](int id) -> asio::awaitable<int> { co_return id; };
    CHECK(says(refused([&] { coffer::cached("", load); }), "name"));
}

TEST_CASE("options: what needs a storage says so, and names the function")
{
    const auto key = [](int) { return std::string("x"); };
    const auto near = refused([] { make(from, options().near(1s)); });
    CHECK(says(near, "storage(...)"));
    CHECK(says(near, "'number'"));
    CHECK(says(refused([&] { make(from, options().make_key(key)); }), "storage(...)"));
}

TEST_CASE("options: what bounds the near tier needs one")
{
    const auto memory = coffer::memory_storage();
    const auto weigh = [](const int&) { return std::size_t{1}; };
    const auto over = [&] { return options().storage(memory); };
    CHECK(says(refused([&] { make(from, over().time_to_idle(1s)); }), "near(duration)"));
    CHECK(says(refused([&] { make(from, over().max_weight(9, weigh)); }), "near(duration)"));
    CHECK_NOTHROW(make(from, over().near(1s).time_to_idle(1s).max_weight(9, weigh)));
    CHECK_NOTHROW(make(from, options().time_to_idle(1s).max_weight(9, weigh)));
}

TEST_CASE("options: near(coherent) says what storage cannot carry it")
{
    const auto memory = coffer::memory_storage();
    const auto text =
        refused([&] { make(from, options().storage(memory).near(coffer::coherent)); });
    CHECK(says(text, memory->describe()));
    CHECK(says(text, "near(duration)"));
    CHECK(says(refused([&] { make(from, options().near(coffer::coherent)); }), "storage(...)"));
}

TEST_CASE("options: a capacity of zero keeps nothing, and calls still share")
{
    bench b(shared_loads().capacity(0));
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.from->runs == 1);
    CHECK_FALSE(b.f.peek(7));
    b.settled(2);
}

TEST_CASE("options: a storage needs a codec, and must be able to do what is asked of it")
{
    const auto memory = coffer::memory_storage();
    const auto none = coffer::null_storage();
    CHECK(says(refused([&] { coffer::cached("x", load_opaque, options().storage(memory)); }),
               "coffer/json.hpp"));
    CHECK_NOTHROW(coffer::cached("x", load_opaque));
    const bool grace = none->able().has(coffer::capability::grace);
    const bool tags = none->able().has(coffer::capability::tags);
    CHECK(refused([&] { make(from, options().storage(none).grace(1s)); }).empty() == grace);
    CHECK(refused([&] { make(from, options().storage(none).tag("x")); }).empty() == tags);
}

TEST_CASE("options: hooks must be of the function's own types")
{
    const auto memory = coffer::memory_storage();
    const auto wrong_value = [](const std::string&) { return true; };
    const auto wrong_key = [](std::string) { return std::string(); };
    const auto wrong_weight = [](const double&) { return std::size_t{1}; };
    const auto wrong_batch = [](std::vector<int>) -> asio::awaitable<std::vector<double>> {
        co_return std::vector<double>();
    };
    CHECK(says(refused([&] { make(from, options().store_if(wrong_value)); }), "store_if"));
    CHECK(says(refused([&] { make(from, options().max_weight(9, wrong_weight)); }), "max_weight"));
    CHECK(says(refused([&] { make(from, options().batch(wrong_batch)); }), "batch"));
    CHECK(says(refused([&] { make(from, options().storage(memory).make_key(wrong_key)); }),
               "make_key"));
}

TEST_CASE("options: over a storage that keeps nothing, every call loads, and calls still share")
{
    bench b(shared_loads().storage(coffer::null_storage()));
    auto one = b.call(7);
    auto two = b.call(7);
    b.drain();
    CHECK(one.get() == 7001);
    CHECK(two.get() == 7001);
    CHECK(b.from->runs == 1);
    b.now(7);
    CHECK(b.from->runs == 2);
    b.settled(3);
}

TEST_CASE("describe: name, limits and storage in one line")
{
    stored_bench b(shared_loads().near(1s).capacity(100));
    const auto text = b.f.describe();
    CHECK(text.find("cached function 'number' over near tier of 100 entries and ") == 0);
    CHECK(text.find('\n') == std::string::npos);
}
