// SPDX-License-Identifier: BSL-1.0
// near(coherent) over real servers: what other processes change, and what the way there may suffer.
#include "fixture.hpp"
#include "support/servers/fault_proxy.hpp"

#include <coffer/cached.hpp>
#include <coffer/redis/error.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>

using namespace support;

namespace {

using cached = coffer::cached_function<std::string(int)>;
using std::chrono::steady_clock;
using origin = coffer::source;

/// A process of its own, as far as the storage is concerned: client, storage and function.
class process {
public:
    explicit process(std::string url, std::string prefix,
                     coffer::options how = coffer::options().ttl(1h))
        : store(on.executor(), patient(url),
                redis_storage_options().prefix(prefix).max_silence(silence)),
          f(coffer::cached(
              "shared", [this](int key) { return load(this, key); },
              how.storage(store).near(coffer::coherent).allow_concurrent(false).tag("all")))
    {}
    ~process()
    {
        on.run(f.close());
        on.run(store->close());
    }

    static constexpr auto silence = 500ms;

    client_thread on;
    std::atomic<int> version{1};
    std::atomic<int> loads{0};
    redis_storage store;
    cached f;

    std::string now(int key) { return on.run(call(f, key)); }
    origin where_from(int key) { return on.run(f.get(key)).source(); }
    void fence() { on.run(store.fence()); }
    /// Until the server is known to tell of changes.
    void trusted()
    {
        on.run(store.check());
        fence();
    }
    /// The value is kept near, and no call asks for it any more.
    void keep(int key)
    {
        for (int i = 0; i < 200; ++i) {
            if (where_from(key) == origin::near_tier)
                return;
            std::this_thread::sleep_for(20ms);
        }
        FAIL("it is never kept near");
    }

private:
    static coffer::redis::config patient(const std::string& url)
    {
        return coffer::redis::config(url).pause(10ms, 50ms);
    }
    static asio::awaitable<std::string> load(process* self, int key)
    {
        ++self->loads;
        co_return std::to_string(key) + "=" + std::to_string(self->version);
    }
    static asio::awaitable<std::string> call(cached of, int key)
    {
        std::string value = co_await of(key);
        co_return value;
    }
};

/// Another one, that does one thing and ends.
std::string peer(const std::string& url, const std::string& prefix, const std::string& verb,
                 const std::string& key)
{
    const scratch_folder folder;
    child_process other(REDIS_STORAGE_PEER, "peer", {url, prefix, verb, key}, folder / "out");
    CHECK(other.wait(20) == 0);
    return tail_of(folder / "out");
}

/// Asks until the value is this one; what others change comes without any further ado.
bool sees(process& p, int key, const std::string& value)
{
    for (int i = 0; i < 10'000; ++i) {
        if (p.now(key) == value)
            return true;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

} // namespace

TEST_CASE("coherent over Redis: a near entry is served until another process changes it")
{
    const std::string prefix = new_prefix();
    process here(shared_server().url(), prefix);
    here.trusted();
    here.keep(7);
    CHECK(here.loads == 1);
    CHECK(here.now(7) == "7=1");
    here.version = 2;
    const auto change = [&](const char* verb) {
        peer(shared_server().url(), prefix, verb, "7");
        here.fence();
    };
    SUBCASE("invalidates")
    {
        change("invalidate");
        CHECK(here.now(7) == "7=2");
    }
    SUBCASE("puts")
    {
        change("put");
        CHECK(here.now(7) == "7=put");
    }
    SUBCASE("bumps a tag")
    {
        change("tag");
        CHECK(here.now(7) == "7=2");
    }
    SUBCASE("clears")
    {
        change("clear");
        CHECK(here.now(7) == "7=2");
    }
    SUBCASE("flushes the server")
    {
        shared_server().cli({"FLUSHALL"});
        here.fence();
        CHECK(here.now(7) == "7=2");
    }
    SUBCASE("without a fence, within its push")
    {
        peer(shared_server().url(), prefix, "put", "7");
        CHECK(sees(here, 7, "7=put"));
    }
    CHECK(here.f.stats().near_voided > 0);
    here.keep(7);
}

TEST_CASE("coherent over Redis: another process sees what this one changes")
{
    const std::string prefix = new_prefix();
    process here(shared_server().url(), prefix);
    const scratch_folder folder;
    child_process other(REDIS_STORAGE_PEER, "peer", {shared_server().url(), prefix, "await", "7"},
                        folder / "out");
    for (int i = 0; i < 500 && tail_of(folder / "out") != "near\n"; ++i)
        std::this_thread::sleep_for(20ms);
    here.on.run(here.f.put(7, "7=new"));
    CHECK(other.wait(20) == 0);
    CHECK(tail_of(folder / "out") == "near\n7=new\n");
}

TEST_CASE("coherent over Redis: what one function changes, another of the process sees at once")
{
    process here(shared_server().url(), new_prefix());
    auto load = [&here](int key) -> asio::awaitable<std::string> {
        return [](process* of, int k) -> asio::awaitable<std::string> {
            co_return std::to_string(k) + "=" + std::to_string(of->version);
        }(&here, key);
    };
    const cached twin = coffer::cached(
        "shared", load, coffer::options().storage(here.store).near(coffer::coherent));
    here.trusted();
    int loaded_near = 0;
    for (int version = 2; version < 100; ++version) {
        loaded_near += here.f.peek(7).has_value(); // what was loaded is kept, unasked
        here.keep(7);
        here.version = version;
        here.on.run(twin.invalidate(7));
        CHECK(here.now(7) == "7=" + std::to_string(version));
    }
    CHECK(loaded_near > 50);
    here.on.run(twin.close());
}

TEST_CASE("coherent over Redis: after a fence nothing is older than what was acknowledged")
{
    const std::string prefix = new_prefix();
    process writer(shared_server().url(), prefix);
    process reader(shared_server().url(), prefix);
    reader.trusted();
    int near = 0;
    for (int i = 1; i <= 400; ++i) {
        const std::string value = std::to_string(i);
        writer.on.run(writer.f.put(7, value));
        reader.fence();
        CHECK(reader.now(7) == value);
        near += reader.where_from(7) == origin::near_tier;
        CHECK(reader.now(7) == value);
    }
    CHECK(near > 200);
}

TEST_CASE("coherent over Redis: an entry ends with its time to live")
{
    process here(shared_server().url(), new_prefix(), coffer::options().ttl(300ms));
    here.trusted();
    const auto asked = steady_clock::now();
    here.now(7);
    here.version = 2;
    while (here.now(7) == "7=1")
        REQUIRE(steady_clock::now() < asked + 20s);
    CHECK(here.now(7) == "7=2");
}

TEST_CASE("coherent over Redis: keys that the server's table has no room for are not kept")
{
    redis_server server({"--tracking-table-max-keys", "20"});
    const std::string prefix = new_prefix();
    process here(server.url(), prefix);
    process there(server.url(), prefix);
    here.trusted();
    for (int round = 2; round < 5; ++round) {
        for (int key = 0; key < 100; ++key)
            here.now(key);
        there.version = here.version = round;
        for (int key = 0; key < 100; ++key)
            there.on.run(there.f.invalidate(key));
        here.fence();
        for (int key = 0; key < 100; ++key)
            CHECK(here.now(key) == std::to_string(key) + "=" + std::to_string(round));
    }
}

TEST_CASE("coherent over Redis: keys that the server evicts are not kept")
{
    redis_server server({"--maxmemory", "2500kb", "--maxmemory-policy", "allkeys-random"});
    const std::string prefix = new_prefix();
    process here(server.url(), prefix);
    process there(server.url(), prefix);
    here.trusted();
    const std::string filler(20'000, 'x');
    for (int round = 2; round < 5; ++round) {
        for (int key = 0; key < 50; ++key)
            here.now(key);
        for (int i = 0; i < 100; ++i) // others take the room
            server.cli({"SET", "filler" + std::to_string(i), filler});
        there.version = here.version = round;
        for (int key = 0; key < 50; ++key)
            there.on.run(there.f.put(key, std::to_string(key) + "=" + std::to_string(round)));
        here.fence();
        for (int key = 0; key < 50; ++key)
            CHECK(here.now(key) == std::to_string(key) + "=" + std::to_string(round));
    }
}

TEST_CASE("coherent over Redis: a connection that is cut takes what it told of with it")
{
    fault_proxy proxy(shared_server().port());
    const std::string prefix = new_prefix();
    process here(proxy.url(), prefix);
    process there(shared_server().url(), prefix);
    here.trusted();
    const auto round = [&](const std::string& value, const std::function<void()>& before,
                           const std::function<void()>& after) {
        here.keep(7);
        const auto epochs = here.store.stats().epochs;
        before();
        there.on.run(there.f.put(7, value));
        after();
        for (int i = 0; i < 2'000 && here.store.stats().epochs == epochs; ++i)
            std::this_thread::sleep_for(5ms); // until the loss is noticed
        REQUIRE(here.store.stats().epochs > epochs);
        CHECK(here.now(7) == value); // no later than that
        CHECK(here.now(7) == value);
    };
    const auto cut = [&] { proxy.cut(); };
    const auto nothing = [] {};
    for (int i = 0; i < 5; ++i) {
        round(std::to_string(i) + " cut before the change", cut, nothing);
        round(std::to_string(i) + " cut after it", nothing, cut);
        round(
            std::to_string(i) + " cut with the news on its way", [&] { proxy.black_hole(); }, cut);
    }
}

TEST_CASE("coherent over Redis: a connection that is cut while the value is on its way")
{
    fault_proxy proxy(shared_server().port());
    const std::string prefix = new_prefix();
    process here(proxy.url("?deadline=5s"), prefix);
    process there(shared_server().url(), prefix);
    here.trusted();
    for (int i = 0; i < 10; ++i) {
        const std::string old = std::to_string(i);
        const std::string next = old + " and then";
        here.keep(i);
        there.on.run(there.f.put(i, old));
        here.fence();
        proxy.black_hole(); // the question goes nowhere, or its answer
        auto asking = asio::co_spawn(here.on.executor(), here.f.get(i), asio::use_future);
        std::this_thread::sleep_for(std::chrono::milliseconds(i));
        there.on.run(there.f.put(i, next));
        i % 2 == 0 ? proxy.cut() : proxy.restore();
        if (i % 2 == 0)
            proxy.restore();
        const std::string got = asking.get().value();
        CHECK((got == old || got == next));
        here.fence();
        CHECK(here.now(i) == next);
    }
}

TEST_CASE("coherent over Redis: a connection that is silent is trusted no longer than it may be")
{
    fault_proxy proxy(shared_server().port());
    const std::string prefix = new_prefix();
    // What was asked in vain may be granted late: a lease that nobody uses, for a short time.
    process here(proxy.url("?deadline=200ms&silence=1s"), prefix,
                 coffer::options().ttl(1h).load_deadline(500ms));
    process there(shared_server().url(), prefix);
    here.trusted();
    here.keep(7);
    proxy.black_hole();
    here.version = 2;
    there.version = 2;
    there.on.run(there.f.invalidate(7));
    const auto changed = steady_clock::now();
    bool trusted = true;
    while (trusted) {
        const bool late = steady_clock::now() > changed + process::silence;
        const std::string value = here.now(7);
        trusted = value == "7=1";
        if (late)
            CHECK(value == "7=2");
    }
    CHECK_FALSE(here.f.peek(7));
    proxy.restore();
    CHECK(sees(here, 7, "7=2"));
    here.keep(7);
    there.on.run(there.f.put(7, "7=3"));
    CHECK(sees(here, 7, "7=3"));
}

TEST_CASE("coherent over Redis: a server that stands still is not trusted, and then again")
{
    redis_server server;
    process here(server.url("?deadline=200ms"), new_prefix());
    here.trusted();
    here.keep(7);
    server.pause();
    const auto paused = steady_clock::now();
    while (here.f.peek(7))
        REQUIRE(steady_clock::now() < paused + 20s);
    CHECK(here.now(7) == "7=1"); // from its loader
    CHECK_FALSE(here.f.peek(7));
    server.resume();
    here.keep(7);
    CHECK(here.now(7) == "7=1");
}

TEST_CASE("coherent over Redis: a server that is started again has forgotten what it watched")
{
    redis_server server;
    const std::string prefix = new_prefix();
    process here(server.url("?deadline=5s"), prefix);
    here.trusted();
    for (int round = 2; round < 5; ++round) {
        here.keep(7);
        server.kill();
        server.start();
        here.version = round;
        peer(server.url(), prefix, "put", "7");
        CHECK(sees(here, 7, "7=put"));
        peer(server.url(), prefix, "invalidate", "7");
        here.fence();
        CHECK(here.now(7) == "7=" + std::to_string(round));
    }
}

TEST_CASE("coherent over Redis: without RESP3 it is refused, or never trusted, in words")
{
    const auto text_of = [](const std::function<void()>& failing) -> std::string {
        try {
            failing();
        } catch (const std::exception& known) {
            return known.what();
        }
        return "it did not fail";
    };
    const auto has = [](const std::string& text, const char* part) {
        return text.find(part) != text.npos;
    };
    SUBCASE("by the configuration")
    {
        const auto text = text_of([] { process(shared_server().url("?protocol=2"), "resp2"); });
        CHECK_MESSAGE(has(text, "near(coherent)"), text);
    }
    SUBCASE("by the server")
    {
        redis_server server({"--rename-command", "HELLO", ""});
        process here(server.url(), new_prefix());
        CHECK(here.now(7) == "7=1");
        CHECK(here.where_from(7) == origin::storage);
        const auto text = text_of([&] { here.on.run(here.store.check()); });
        CHECK_MESSAGE(has(text, "HELLO"), text);
        CHECK_FALSE(here.f.peek(7));
    }
    SUBCASE("by a user who may not track")
    {
        redis_server server;
        server.cli(
            {"ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-client|tracking"});
        const std::string url = "redis://app:secret@127.0.0.1:" + std::to_string(server.port());
        process here(url, new_prefix());
        CHECK(here.now(7) == "7=1");
        CHECK(here.where_from(7) == origin::storage);
        const auto text = text_of([&] { here.on.run(here.store.check()); });
        CHECK_MESSAGE(has(text, "client|tracking"), text);
        server.cli({"ACL", "SETUSER", "app", "+client|tracking"});
        here.keep(7); // it goes on trying
    }
}
