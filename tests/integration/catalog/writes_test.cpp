// SPDX-License-Identifier: BSL-1.0
#include "catalog_fixture.hpp"

#include "demo/history.hpp"
#include "json.hpp"

#include <coffer/core/clock.hpp>

using namespace catalog_test;

TEST_CASE("catalog: after a PUT the language and every search show it")
{
    running_catalog on;
    on.get("/languages/lat");
    on.get("/languages?q=latin");
    on.get("/languages?q=ancient");
    const auto put = on.send("PUT", "/languages/lat", R"({"name": "Ancient Latin", "type": "A"})");
    CHECK(put.status == 200);
    CHECK(put.body ==
          R"({"code":"lat","name":"Ancient Latin","scope":"I","type":"A","revision":1})");
    CHECK(on.get("/languages/lat").body == put.body);
    CHECK(json_string(on.get("/languages?q=latin").body, "/languages/0/name") == "Ancient Latin");
    CHECK(json_string(on.get("/languages?q=ancient").body, "/languages/0/code") == "lat");
    CHECK(on.server.figures().committed == 2); // the import was the first
}

TEST_CASE("catalog: a PUT replaces what it does not name, a POST keeps it")
{
    running_catalog on;
    CHECK(on.send("POST", "/languages/gmh", R"({"type": "E"})").body ==
          R"({"code":"gmh","name":"Middle High German",)"
          R"("inverted_name":"German, Middle High","scope":"I","type":"E","revision":1})");
    CHECK(on.send("PUT", "/languages/gmh", R"({"name": "Old"})").body ==
          R"({"code":"gmh","name":"Old","scope":"I","type":"L","revision":2})");
    CHECK(on.get("/languages/gmh").body ==
          R"({"code":"gmh","name":"Old","scope":"I","type":"L","revision":2})");
}

TEST_CASE("catalog: a PUT adds a language whose absence was remembered")
{
    running_catalog on;
    CHECK(on.get("/languages/xyz").status == 404);
    CHECK(on.send("PUT", "/languages/XYZ", R"({"name": "New"})").status == 201);
    CHECK(json_string(on.get("/languages/xyz").body, "/name") == "New");
    CHECK(on.send("PUT", "/languages/xyz", R"({"name": "Newer"})").status == 200);
}

TEST_CASE("catalog: a POST to an unknown language is 404 and adds nothing")
{
    running_catalog on;
    CHECK(is_error(on.send("POST", "/languages/xyz", R"({"name": "New"})"), 404));
    CHECK(on.get("/languages/xyz").status == 404);
}

TEST_CASE("catalog: a write leaves other entries where they are")
{
    running_catalog on;
    on.get("/languages/deu");
    on.get("/countries/AD/subdivisions");
    on.send("PUT", "/languages/lat", R"({"name": "Latin"})");
    on.get("/languages/deu");
    on.get("/countries/AD/subdivisions");
    CHECK(on.queries("language") == 1);
    CHECK(on.queries("subdivisions") == 1);
}

TEST_CASE("catalog: a write that fails after the update rolls back and leaves the caches alone")
{
    running_catalog on;
    const auto language = on.get("/languages/lat");
    const auto search = on.get("/languages?q=latin");
    const auto failed = on.send("POST", "/languages/lat?fail=1", R"({"name": "Never"})");
    CHECK(is_error(failed, 409));
    CHECK(on.server.figures().rolled_back == 1);
    CHECK(on.figures("language").inside == 1); // it had seen its own write

    CHECK(on.get("/languages/lat").body == language.body);
    CHECK(on.get("/languages?q=latin").body == search.body);
    CHECK(on.queries("language") == 1);
    CHECK(on.queries("search") == 1);
    CHECK(on.figures("language").cache.invalidations == 0);
    // The transaction left nothing in the database either.
    CHECK(json_number(on.send("POST", "/languages/lat", R"({"type": "A"})").body, "/revision") ==
          1);
}

TEST_CASE("catalog: nobody sees a write before it is committed")
{
    running_catalog on;
    const auto before = on.get("/languages/lat");
    // The read that the transaction makes of its own write is held, and with it the transaction.
    on.gate.arm_closed("language", "lat", 0);
    http_client writer(on.io.executor());
    on.io.run(writer.connect(on.server.port()));
    std::optional<reply> written;
    coffer::background tasks;
    auto writing = writer.send("POST", "/languages/lat", R"({"name": "Uncommitted"})");
    tasks.start(on.io.executor(), keep(std::move(writing), written));
    CHECK(run(on.io, on.gate.gathered()));
    CHECK(on.get("/languages/lat").body == before.body);
    CHECK(json_string(on.get("/languages?q=latin").body, "/languages/0/name") == "Latin");

    on.gate.open();
    on.io.run(tasks.close());
    on.gate.disarm();
    REQUIRE(written);
    CHECK(written->status == 200);
    CHECK(json_string(on.get("/languages/lat").body, "/name") == "Uncommitted");
    CHECK(on.get("/languages?q=latin").body == R"({"languages":[]})");
}

namespace {

/// One writer and some readers of one language.
class race {
public:
    asio::awaitable<void> take_part(http_client& client, std::size_t number)
    {
        return number == 0 ? write(client) : read(client);
    }

    history seen;

private:
    asio::awaitable<void> write(http_client& client)
    {
        for (int round = 0; round < 30; ++round) {
            auto name = "Round " + std::to_string(round);
            auto body = R"({"name": ")" + name + "\"}";
            const auto begin = time_.now();
            const auto got = co_await client.send("PUT", "/languages/lat", std::move(body));
            const auto end = time_.now();
            seen.add_write({begin, end}, json_number(got.body, "/revision"), std::move(name));
        }
        over_ = true;
    }
    asio::awaitable<void> read(http_client& client)
    {
        for (int reads = 0; !over_ && reads < 10'000; ++reads) {
            const auto begin = time_.now();
            const auto got = co_await client.get("/languages/lat");
            const auto end = time_.now();
            const auto revision = json_number(got.body, "/revision");
            if (revision != 0) // before the first write
                seen.add_read({begin, end}, revision, json_string(got.body, "/name"));
        }
    }

    const coffer::clock time_;
    std::atomic<bool> over_ = false;
};

} // namespace

TEST_CASE("catalog: readers never see what was before a PUT that was answered")
{
    running_catalog on;
    race with;
    crowd all(on.io.executor(), 5);
    on.io.run(all.connect(on.server.port()));
    on.io.run(all.each(
        [&](http_client& client, std::size_t number) { return with.take_part(client, number); }));
    const auto found = with.seen.judge();
    CHECK(found.writes == 30);
    CHECK(found.reads > 0);
    CHECK(found.stale == 0);
    CHECK(found.premature == 0);
    CHECK(found.torn == 0);
}

TEST_CASE("catalog: renaming a subdivision renews every list of its country and no other")
{
    running_catalog on;
    on.get("/countries/AD/subdivisions");
    on.get("/countries/AZ/subdivisions");
    on.get("/countries/AZ/subdivisions?type=Rayon");
    const auto put = on.send("PUT", "/subdivisions/az-bab", R"({"name": "Babek"})");
    CHECK(put.body ==
          R"({"code":"AZ-BAB","name":"Babek","type":"Rayon","parent":"AZ-NX","revision":1})");
    CHECK(json_string(on.get("/countries/AZ/subdivisions").body, "/subdivisions/0/name") ==
          "Babek");
    CHECK(json_string(on.get("/countries/AZ/subdivisions?type=Rayon").body,
                      "/subdivisions/0/name") == "Babek");
    on.get("/countries/AD/subdivisions");
    CHECK(on.queries("subdivisions") == 5);
    CHECK(is_error(on.send("PUT", "/subdivisions/AZ-XX", R"({"name": "None"})"), 404));
    CHECK(is_error(on.send("PUT", "/subdivisions/AZNX", R"({"name": "None"})"), 400));
}

TEST_CASE("catalog: a body that is wrong is 400 with the reason, and writes nothing")
{
    running_catalog on;
    struct {
        const char* body;
        const char* reason;
    } const wrong[] = {
        {"", "is not JSON"},
        {"{", "is not JSON"},
        {"[]", "is not a JSON object"},
        {"\"\xff\"", "is not JSON"},
        {"{}", "\\\"name\\\" is missing"},
        {R"({"name": ""})", "\\\"name\\\" is empty"},
        {R"({"name": 7})", "\\\"name\\\" is not a string"},
        {R"({"name": "x", "scope": "Q"})", "not one of the letters IMS"},
        {R"({"name": "x", "type": "LL"})", "not one of the letters ACEHLS"},
        {R"({"name": "x", "colour": "red"})", "unknown field \\\"colour\\\""},
    };
    for (const auto& one : wrong) {
        CAPTURE(one.body);
        const auto got = on.send("PUT", "/languages/lat", one.body);
        CHECK(is_error(got, 400));
        CHECK_MESSAGE(contains(got.body, one.reason), got.body);
    }
    const auto long_name = R"({"name": ")" + std::string(201, 'x') + "\"}";
    CHECK(is_error(on.send("PUT", "/languages/lat", long_name), 400));
    CHECK(is_error(on.send("POST", "/languages/lat?fail=maybe", R"({"name": "x"})"), 400));
    CHECK(json_number(on.get("/languages/lat").body, "/revision") == 0);
}
