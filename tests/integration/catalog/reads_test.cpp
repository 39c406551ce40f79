// SPDX-License-Identifier: BSL-1.0
#include "catalog_fixture.hpp"

#include "json.hpp"

using namespace catalog_test;

TEST_CASE("catalog: a language is found by its code, in any case")
{
    running_catalog on;
    const auto got = on.get("/languages/deu");
    CHECK(got.status == 200);
    CHECK(got.header("Content-Type") == "application/json");
    CHECK(got.body == R"({"code":"deu","name":"German","alpha_2":"de","bibliographic":"ger",)"
                      R"("scope":"I","type":"L","revision":0})");
    CHECK(on.get("/languages/DEU").body == got.body);
    CHECK(on.queries("language") == 1);
}

TEST_CASE("catalog: an unknown code is 404, and that is remembered too")
{
    running_catalog on;
    CHECK(is_error(on.get("/languages/xyz"), 404));
    CHECK(is_error(on.get("/languages/xyz"), 404));
    CHECK(on.queries("language") == 1);
    CHECK(is_error(on.get("/countries/ZZ"), 404));
}

TEST_CASE("catalog: what can be no code is 400 and reaches neither cache nor database")
{
    running_catalog on;
    for (const char* target :
         {"/languages/de", "/languages/deus", "/languages/d3u", "/languages/%00ab",
          "/countries/AND", "/countries/A1", "/countries/1/subdivisions"}) {
        CAPTURE(target);
        CHECK(is_error(on.get(target), 400));
    }
    CHECK(on.queries("language") == 0);
    CHECK(on.queries("country") == 0);
}

TEST_CASE("catalog: a search finds names that hold the text, the shortest first")
{
    running_catalog on;
    const auto got = on.get("/languages?q=german");
    CHECK(json_string(got.body, "/languages/0/code") == "deu");
    CHECK(json_string(got.body, "/languages/1/code") == "nds");
    CHECK(json_string(got.body, "/languages/2/code") == "gmh");
    CHECK_THROWS(json_string(got.body, "/languages/3/code"));
    CHECK(on.get("/languages?q=+GERMAN%20").body == got.body);
    CHECK(on.queries("search") == 1);
    CHECK(on.get("/languages?q=klingon").body == R"({"languages":[]})");
}

TEST_CASE("catalog: a search is limited, and each limit is a search of its own")
{
    running_catalog on;
    const auto got = on.get("/languages?q=german&limit=1");
    CHECK(json_string(got.body, "/languages/0/code") == "deu");
    CHECK_THROWS(json_string(got.body, "/languages/1/code"));
    CHECK_NOTHROW(json_string(on.get("/languages?q=german&limit=2").body, "/languages/1/code"));
    for (const char* limit : {"0", "101", "-1", "1x", "", "99999999999"}) {
        CAPTURE(limit);
        CHECK(is_error(on.get(std::string("/languages?q=german&limit=") + limit), 400));
    }
}

TEST_CASE("catalog: the marks of a pattern mean themselves in a search")
{
    running_catalog on;
    CHECK(json_string(on.get("/languages?q=100%25_").body, "/languages/0/code") == "qaa");
    CHECK(json_string(on.get("/languages?q=sure%5C").body, "/languages/0/code") == "qaa");
    CHECK(on.get("/languages?q=_atin").body == R"({"languages":[]})");
}

TEST_CASE("catalog: a search says what it lacks")
{
    running_catalog on;
    CHECK(is_error(on.get("/languages"), 400));
    CHECK(is_error(on.get("/languages?q="), 400));
    CHECK(is_error(on.get("/languages?q=++"), 400));
    CHECK(is_error(on.get("/languages?q=" + std::string(65, 'a')), 400));
}

TEST_CASE("catalog: a country has what the standard says of it")
{
    running_catalog on;
    CHECK(on.get("/countries/ad").body ==
          R"({"code":"AD","name":"Andorra","official_name":"Principality of Andorra",)"
          R"("alpha_3":"AND","numeric":"020","flag":"🇦🇩"})");
    CHECK(on.get("/countries/AQ").body ==
          R"({"code":"AQ","name":"Antarctica","alpha_3":"ATA","numeric":"010"})");
}

TEST_CASE("catalog: the subdivisions of a country, all or of one type, with their parents")
{
    running_catalog on;
    CHECK(on.get("/countries/AZ/subdivisions?type=Rayon").body ==
          R"({"subdivisions":[{"code":"AZ-BAB","name":"Babək","type":"Rayon","parent":"AZ-NX",)"
          R"("revision":0},{"code":"AZ-CUL","name":"Culfa","type":"Rayon","parent":"AZ-NX",)"
          R"("revision":0}]})");
    const auto all = on.get("/countries/AZ/subdivisions");
    CHECK(json_string(all.body, "/subdivisions/2/code") == "AZ-NX");
}

TEST_CASE("catalog: a country without subdivisions has an empty list, an unknown one has none")
{
    running_catalog on;
    CHECK(on.get("/countries/AQ/subdivisions").body == R"({"subdivisions":[]})");
    CHECK(is_error(on.get("/countries/ZZ/subdivisions"), 404));
}

TEST_CASE("catalog: the first page lists the URLs, and the statistics count")
{
    running_catalog on;
    const auto urls = on.get("/");
    CHECK(json_string(urls.body, "/urls/0/path") == "/languages/{code}");
    on.get("/languages/deu");
    on.get("/languages/deu");
    const auto stats = on.get("/stats");
    CHECK(json_string(stats.body, "/functions/0/name") == "language");
    CHECK(json_number(stats.body, "/functions/0/hits") == 1);
    CHECK(json_number(stats.body, "/functions/0/database_queries") == 1);
    CHECK(json_number(stats.body, "/server/connections") == 1);
}

TEST_CASE("catalog: many who ask for a cold key at once share one query")
{
    running_catalog on;
    on.gate.arm("language", "deu", 49);
    const auto answers = on.ask(50, "/languages/deu");
    CHECK(count_status(answers, 200) == 50);
    CHECK(all_alike(answers));
    CHECK(on.gate.joined() == 49);
    CHECK(on.queries("language") == 1);
}

TEST_CASE(
    "catalog: the error of a load reaches all who wait, is logged, and the next call loads anew")
{
    running_catalog on;
    on.gate.arm("language", "deu", 9, load_gate::then::fail);
    const auto answers = on.ask(10, "/languages/deu");
    CHECK(count_status(answers, 503) == 10);
    CHECK(is_error(answers.front(), 503));
    CHECK(answers.front().header("Retry-After") == "1");
    CHECK_FALSE(contains(answers.front().body, "injected"));
    CHECK(on.gate.loads() == 1);
    CHECK(on.logged == 10);
    on.gate.disarm();
    CHECK(on.get("/languages/deu").status == 200);
}

TEST_CASE("catalog: a reader waits for a load no longer than its patience")
{
    running_catalog on({}, service_options().patience(50ms));
    on.gate.arm_closed("language", "deu", 0);
    CHECK(is_error(on.get("/languages/deu"), 503));
    on.gate.open();
    on.gate.disarm();
    CHECK(on.get("/languages/lat").status == 200);
}
