// SPDX-License-Identifier: BSL-1.0
#include "codes.hpp"
#include "http/router.hpp"
#include "http/target.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "support/coro_test.hpp"

using namespace catalog;

namespace {

using parts = std::vector<std::string>;

struct logged_lines {
    std::vector<std::string> all;
    log_function into()
    {
        return [this](std::string_view where, std::string_view what) {
            all.push_back(std::string(where) + ": " + std::string(what));
        };
    }
};

request asked(std::string method, std::string_view where)
{
    return request(std::move(method), target::parse(where).value(), {});
}

asio::awaitable<response> echo(request from)
{
    co_return response(from.param("a") + '|' + from.param("b"));
}

/// A router with one route whose handler throws.
template <class Error>
router failing(log_function log, Error error)
{
    router made(std::move(log));
    made.add("GET", "/fail", "fails",
             [error](request) -> asio::awaitable<response> { throw error; });
    return made;
}

} // namespace

TEST_CASE("target: path and query are taken apart and decoded")
{
    const auto parsed = target::parse("/a%2Fb/c+d?x=1&y=%26+z&flag&x=2#end").value();
    CHECK(parsed.segments() == parts{"a/b", "c+d"});
    REQUIRE(parsed.query("x"));
    CHECK(*parsed.query("x") == "1");
    CHECK(*parsed.query("y") == "& z");
    CHECK(*parsed.query("flag") == "");
    CHECK(parsed.query("z") == nullptr);
}

TEST_CASE("target: slashes at the end make no segment, those between do")
{
    CHECK(target::parse("/")->segments().empty());
    CHECK(target::parse("/a/")->segments() == parts{"a"});
    CHECK(target::parse("/a//b")->segments() == parts{"a", "", "b"});
}

TEST_CASE("target: what is no path, or has half an escape, is refused")
{
    for (const char* text :
         {"", "*", "a", "?q=1", "http://x/", "/%", "/%4", "/%g0", "/?a=%1", "/?%"})
        CHECK_FALSE(target::parse(text).has_value());
}

TEST_CASE("target: what is encoded decodes to itself, whatever the bytes")
{
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte)
        bytes += static_cast<char>(byte);
    CHECK(*target::parse("/?q=" + percent_encode(bytes))->query("q") == bytes);
    CHECK(target::parse('/' + percent_encode(bytes))->segments() == parts{bytes});
}

CORO_TEST("router: the parts of a path reach the handler by name")
{
    router on{log_line};
    on.add("GET", "/{a}/x/{b}", "echo", echo).add("GET", "/y/x/z", "never reached", echo);
    const auto got = co_await on.handle(asked("GET", "/1/x/2"));
    CHECK(got.body == "1|2");
    const auto first = co_await on.handle(asked("GET", "/y/x/z"));
    CHECK(first.body == "y|z"); // in the order of adding
}

CORO_TEST("router: HEAD goes to the handler of GET")
{
    router on{log_line};
    on.add("GET", "/{a}/{b}", "echo", echo);
    const auto got = co_await on.handle(asked("HEAD", "/1/2"));
    CHECK(got.status == 200);
}

CORO_TEST("router: a path without a handler for the method says what it takes")
{
    router on{log_line};
    on.add("GET", "/{a}/{b}", "echo", echo).add("PUT", "/{a}/{b}", "echo", echo);
    const auto got = co_await on.handle(asked("POST", "/1/2"));
    CHECK(got.status == 405);
    REQUIRE(got.headers.size() == 1);
    CHECK(got.headers[0].second == "GET, HEAD, PUT");
    const auto none = co_await on.handle(asked("GET", "/1"));
    CHECK(none.status == 404);
}

CORO_TEST("router: what a handler throws becomes an answer, and what is our fault is logged")
{
    using boost::system::system_error;
    logged_lines lines;
    const auto ours = failing(lines.into(), http_error(422, "no"));
    const auto refused = co_await ours.handle(asked("GET", "/fail"));
    CHECK(refused.status == 422);
    CHECK(refused.body == R"({"error":"no","status":422})");
    for (const auto code :
         {coffer::errc::timeout, coffer::errc::load_timeout, coffer::errc::overloaded,
          coffer::errc::database_busy, coffer::errc::pool_timeout, coffer::errc::closed}) {
        const auto on = failing(lines.into(), system_error(code));
        const auto got = co_await on.handle(asked("GET", "/fail"));
        CHECK(got.status == 503);
    }
    CHECK(lines.all.empty());

    const auto broken = failing(lines.into(), std::runtime_error("a secret"));
    const auto got = co_await broken.handle(asked("GET", "/fail"));
    CHECK(got.status == 500);
    CHECK(got.body.find("secret") == got.body.npos);
    REQUIRE(lines.all.size() == 1);
    CHECK(lines.all[0] == "GET /fail: a secret");
}

CORO_TEST("router: cancellation is no answer")
{
    const auto on = failing(log_line, boost::system::system_error(asio::error::operation_aborted));
    bool thrown = false;
    try {
        co_await on.handle(asked("GET", "/fail"));
    } catch (const boost::system::system_error& failure) {
        thrown = failure.code() == asio::error::operation_aborted;
    }
    CHECK(thrown);
}

TEST_CASE("codes: they are brought into one form")
{
    CHECK(language_code("DeU") == "deu");
    CHECK(country_code("ad") == "AD");
    CHECK(subdivision_code("fr-2a") == "FR-2A");
    CHECK(subdivision_code("GB-ABC") == "GB-ABC");
    CHECK(search_text("  Old  High ") == "old  high");
    CHECK(search_text("\xC3\x84") == "\xC3\x84"); // only ASCII is folded
}

TEST_CASE("codes: what can be none is refused")
{
    for (const char* text : {"", "de", "deut", "d u", "d\xC3\xA9"})
        CHECK_THROWS_AS(language_code(text), http_error);
    for (const char* text : {"", "A", "AND", "A1"})
        CHECK_THROWS_AS(country_code(text), http_error);
    for (const char* text : {"", "AD", "AD-", "AD02", "ADX-1", "AD-0123", "AD-0_"})
        CHECK_THROWS_AS(subdivision_code(text), http_error);
    for (const char* text : {"", " "})
        CHECK_THROWS_AS(search_text(text), http_error);
}
