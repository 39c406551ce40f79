// SPDX-License-Identifier: BSL-1.0
// Tenants, namespaces, versions, keys of one's own: who meets whom in a storage, and who does not.
#include "unit/cached/stored_fixture.hpp"

#include <coffer/cached.hpp>

using namespace fixture;

namespace {

template <class Call>
int get(bench& b, const Call& view, int key = 7)
{
    return b.run(view(key).as_awaitable());
}

} // namespace

TEST_CASE("tenants and namespaces: each has its own entries")
{
    bench b;
    const auto put = [&](const auto& view, int value) { b.run(view.put(7, value)); };
    put(b.f, 1);
    put(b.f.tenant("acme"), 2);
    put(b.f.namespace_("eu"), 3);
    put(b.f.tenant("acme").namespace_("eu"), 4);
    put(b.f.tenant("eu"), 5);
    CHECK(b.now(7) == 1);
    CHECK(get(b, b.f.tenant("acme")) == 2);
    CHECK(get(b, b.f.namespace_("eu")) == 3);
    CHECK(get(b, b.f.namespace_("eu").tenant("acme")) == 4);
    CHECK(get(b, b.f.tenant("eu")) == 5);
    CHECK(get(b, b.f.tenant("other")) == 7001);
    CHECK(b.from->runs == 1);
    b.settled(6);
}

TEST_CASE("tenants and namespaces: what is invalidated in one stays in the others")
{
    bench b(shared_loads().tag("all"));
    const auto acme = b.f.tenant("acme");
    const auto eu = b.f.namespace_("eu");
    const auto fill = [&] {
        b.from->version = 1;
        get(b, b.f);
        get(b, acme);
        get(b, eu);
        b.from->version = 2;
    };
    fill();
    SUBCASE("a key")
    {
        b.run(acme.invalidate(7));
    }
    SUBCASE("softly")
    {
        b.run(acme.expire(7));
    }
    SUBCASE("a tag")
    {
        b.run(acme.invalidate_tag("all"));
    }
    SUBCASE("all")
    {
        b.run(acme.clear());
    }
    CHECK_FALSE(acme.peek(7));
    CHECK(b.f.peek(7) == 7001);
    CHECK(eu.peek(7) == 7001);
    CHECK(get(b, acme) == 7002);
    b.settled(4);
}

TEST_CASE("tenants and namespaces: loads of one are not joined, nor poisoned, from another")
{
    bench b;
    b.from->gate.emplace();
    auto home = b.call(7);
    auto acme = b.start(b.f.tenant("acme")(7).as_awaitable());
    b.drain();
    CHECK(b.from->runs == 2);
    b.run(b.f.tenant("acme").invalidate(7));
    b.from->gate->set();
    b.drain();
    CHECK(b.f.peek(7) == 7001);
    CHECK_FALSE(b.f.tenant("acme").peek(7));
    CHECK(acme.get() == 7001);
    CHECK(home.get() == 7001);
    b.settled(2);
}

TEST_CASE("tenants and namespaces: a name is a name, whatever is in it")
{
    bench b;
    const char* const names[] = {"", "a", "a:b", ":", "a%3Ab", "number", "\n", "ä", "a/b", "#"};
    int value = 0;
    for (const std::string tenant : names)
        for (const std::string space : names)
            b.run(b.f.tenant(tenant).namespace_(space).put(7, ++value));
    value = 0;
    for (const std::string tenant : names)
        for (const std::string space : names)
            CHECK(b.f.tenant(tenant).namespace_(space).peek(7) == ++value);
}

TEST_CASE("tenants and namespaces: those of the options are where a function is at home")
{
    stored_bench b;
    const auto at_home =
        make(b.from, shared_loads().storage(b.store).tenant("acme").namespace_("eu"));
    b.run(at_home.put(7, 42));
    CHECK(get(b, b.f.tenant("acme").namespace_("eu")) == 42);
    CHECK(get(b, at_home.tenant("").namespace_("")) == 7001);
    CHECK(get(b, at_home) == 42);
    CHECK(b.now(7) == 7001);
    CHECK(b.from->runs == 1);
}

TEST_CASE("version: another one sees nothing of what the older one stored")
{
    stored_bench b;
    b.now(7);
    b.from->version = 2;
    const auto next = make(b.from, shared_loads().storage(b.store).version(2));
    CHECK(get(b, next) == 7002);
    CHECK(b.now(7) == 7001);
    b.run(next.clear());
    CHECK(b.now(7) == 7001);
}

TEST_CASE("make_key: says what an entry is called in the storage")
{
    stored_bench b;
    auto key = [](int id) { return "item-" + std::to_string(id % 10); };
    const auto f = make(b.from, shared_loads().storage(b.store).make_key(key));
    CHECK(get(b, f, 7) == 7001);
    CHECK(get(b, f, 17) == 7001); // the same name
    CHECK(b.from->runs == 1);
    b.store.forget();
    CHECK(get(b, f, 8) == 8001);
    const auto log = b.store.log();
    REQUIRE_FALSE(log.empty());
    CHECK(log[0].keys.at(0).text() == "coffer:value:::number@1:item-8");
    b.run(f.invalidate(27));
    CHECK_FALSE(b.run(f.find(7)));
}

TEST_CASE("keys in a storage: tenant, namespace, name, version and arguments")
{
    stored_bench b;
    const auto f = make(b.from, shared_loads().storage(b.store).version(3));
    get(b, f.tenant("acme").namespace_("e:u"), 42);
    CHECK(b.store.log().at(0).keys.at(0).text() == "coffer:value:acme:e%3Au:number@3:i42");
}

TEST_CASE("one storage, one name: the same signature shares, another one is refused")
{
    stored_bench b;
    b.run(b.f.put(7, 42));
    CHECK(b.there(7) == 42);
    const auto text = [](std::string) -> asio::awaitable<int> { co_return 1; };
    CHECK_THROWS_AS(coffer::cached("number", text, coffer::options().storage(b.store)),
                    std::invalid_argument);
    CHECK_NOTHROW(coffer::cached("number", text, coffer::options().storage(b.store).version(2)));
    CHECK_NOTHROW(coffer::cached("number", text));
}
