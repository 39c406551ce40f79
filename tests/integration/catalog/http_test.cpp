// SPDX-License-Identifier: BSL-1.0
#include "catalog_fixture.hpp"

using namespace catalog_test;

namespace {

const char* const get_latin = "GET /languages/lat HTTP/1.1\r\nHost: x\r\n\r\n";
const char* const get_latin_and_close =
    "GET /languages/lat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

http_limits quick_limits()
{
    http_limits bounds;
    bounds.idle = bounds.header = bounds.body = bounds.lingering = 200ms;
    return bounds;
}

std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

} // namespace

TEST_CASE("catalog: HEAD has the headers of GET and no body, and the connection goes on")
{
    running_catalog on;
    const auto full = on.get("/languages/lat");
    const auto head = on.send("HEAD", "/languages/lat");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("Content-Length") == std::to_string(full.body.size()));
    CHECK(on.send("HEAD", "/languages/xyz").status == 404);
    CHECK(on.get("/languages/lat").body == full.body);
    CHECK(on.server.connections().accepted == 1);
}

TEST_CASE("catalog: an unknown path is 404, a known one with another method 405 with what it takes")
{
    running_catalog on;
    CHECK(is_error(on.get("/nothing"), 404));
    CHECK(is_error(on.get("/languages/lat/more"), 404));
    const auto got = on.send("DELETE", "/languages/lat");
    CHECK(is_error(got, 405));
    CHECK(got.header("Allow") == "GET, HEAD, PUT, POST");
    CHECK(on.send("POST", "/stats").header("Allow") == "GET, HEAD");
    CHECK(is_error(on.send("BREW", "/languages/lat"), 405));
}

TEST_CASE("catalog: a target with wrong escapes is 400, and the connection goes on")
{
    running_catalog on;
    for (const char* target :
         {"/languages/%zz", "/languages/%4", "/languages?q=%", "*", "languages"}) {
        CAPTURE(target);
        CHECK(is_error(on.get(target), 400));
    }
    CHECK(on.get("/languages/l%61t").status == 200);
    CHECK(on.server.connections().accepted == 1);
}

TEST_CASE("catalog: requests that are sent without waiting are answered in order")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    const auto all = raw.write(get_latin)
                         .write("HEAD /languages/deu HTTP/1.1\r\nHost: x\r\n\r\n")
                         .write(get_latin_and_close)
                         .read();
    CHECK(count_of(all, "HTTP/1.1 200 OK") == 3);
    CHECK(count_of(all, "\"code\":\"lat\"") == 2);
    CHECK(count_of(all, "\"code\":\"deu\"") == 0);
    CHECK(count_of(all, "Connection: close") == 1);
}

TEST_CASE("catalog: a client of HTTP/1.0 gets its answer and the end of the connection")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    const auto all = raw.write("GET /languages/lat HTTP/1.0\r\n\r\n").read();
    CHECK(contains(all, " 200 OK"));
    CHECK(contains(all, "\"code\":\"lat\""));
}

TEST_CASE("catalog: a body beyond the limit is 413, announced or not")
{
    running_catalog on;
    const std::string large(65 * 1024, ' ');
    const auto put = std::string("PUT /languages/lat HTTP/1.1\r\nHost: x\r\n");
    raw_connection announced(on.server.port());
    const auto early = announced.write(put + "Content-Length: 66560\r\n\r\n").read();
    CHECK(contains(early, "HTTP/1.1 413"));
    CHECK(contains(early, "the body is too large"));
    CHECK(contains(early, "Connection: close"));

    raw_connection chunked(on.server.port());
    const auto late =
        chunked.write(put + "Transfer-Encoding: chunked\r\n\r\n10400\r\n" + large).read();
    CHECK(contains(late, "HTTP/1.1 413"));
    CHECK(on.get("/languages/lat").status == 200);
}

TEST_CASE("catalog: a client that sends all of a body that is too large still reads why")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    const std::string body(512 * 1024, ' ');
    const auto got = raw.write("PUT /languages/lat HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body)
                         .read();
    CHECK(contains(got, "HTTP/1.1 413"));
}

TEST_CASE("catalog: a body within the limit is read in chunks too")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    const auto got = raw.write("PUT /languages/lat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"
                               "8\r\n{\"name\":\r\n8\r\n \"Lat.\"}\r\n0\r\n\r\n")
                         .read();
    CHECK(contains(got, "HTTP/1.1 200 OK"));
    CHECK(contains(got, "\"name\":\"Lat.\""));
}

TEST_CASE("catalog: a header beyond the limit is 431")
{
    running_catalog on;
    raw_connection fields(on.server.port());
    const auto got =
        fields.write("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n").read();
    CHECK(contains(got, "HTTP/1.1 431"));
    CHECK(contains(got, "the header is too large"));
    raw_connection endless(on.server.port());
    CHECK(contains(endless.write("GET /" + std::string(20'000, 'x')).read(), "HTTP/1.1 431"));
}

TEST_CASE("catalog: what is no HTTP is 400")
{
    running_catalog on;
    for (const char* text :
         {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nbad header\r\n\r\n"}) {
        CAPTURE(text);
        const auto got = raw_connection(on.server.port()).write(text).read();
        CHECK(contains(got, "HTTP/1.1 400"));
        CHECK(contains(got, "\"error\""));
    }
}

TEST_CASE("catalog: a body whose end is in doubt is 400, and nothing after it is a request")
{
    running_catalog on;
    const std::string put = "PUT /languages/lat HTTP/1.1\r\nHost: x\r\n";
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    for (const std::string& fields :
         {chunked + "\r\nzz\r\n", chunked + "\r\nffffffffffffffffff\r\n", chunked + "\r\n2\r\n{}XX",
          chunked + "Content-Length: 2\r\n\r\n{}",
          "Content-Length: 2\r\n" + chunked + "\r\n0\r\n\r\n",
          std::string("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
          std::string("Transfer-Encoding: gzip\r\n\r\n")}) {
        CAPTURE(fields);
        const auto got = raw_connection(on.server.port()).write(put + fields + get_latin).read();
        CHECK(contains(got, "HTTP/1.1 400"));
        CHECK(count_of(got, "HTTP/1.1") == 1);
    }
    CHECK(contains(on.get("/languages/lat").body, "Latin"));
}

TEST_CASE("catalog: a client that asks whether to send its body is told to go on")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    raw.write("PUT /languages/lat HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
              "Connection: close\r\nContent-Length: 16\r\n\r\n");
    CHECK(raw.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(contains(raw.write(R"({"name": "Lat."})").read(), "HTTP/1.1 200 OK"));
}

TEST_CASE("catalog: a request that arrives too slowly is 408, header or body")
{
    running_catalog on(quick_limits());
    CHECK(contains(raw_connection(on.server.port()).write("GET /langu").read(), "HTTP/1.1 408"));
    CHECK(contains(raw_connection(on.server.port())
                       .write("PUT /languages/lat HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
                       .read(),
                   "HTTP/1.1 408"));
}

TEST_CASE("catalog: a connection on which nothing comes is closed without a word")
{
    running_catalog on(quick_limits());
    CHECK(raw_connection(on.server.port()).read().empty());
    raw_connection used(on.server.port());
    const auto all = used.write(get_latin).read();
    CHECK(count_of(all, "HTTP/1.1") == 1);
}

TEST_CASE("catalog: a client that goes away half-way takes nothing with it")
{
    running_catalog on;
    raw_connection(on.server.port())
        .write("PUT /languages/lat HTTP/1.1\r\nContent-Length: 9\r\n\r\n{");
    raw_connection(on.server.port()).write(get_latin);
    raw_connection(on.server.port()).write("GE");
    CHECK(on.get("/languages/lat").status == 200);
    CHECK(on.logged == 0);
}

TEST_CASE("catalog: beyond the limit connections are told so, and far beyond it closed unread")
{
    http_limits bounds;
    bounds.connections = 2;
    running_catalog on(bounds); // its own client is the first
    raw_connection second(on.server.port());
    CHECK(contains(second.write(get_latin).read_until("}"), "HTTP/1.1 200"));
    raw_connection third(on.server.port());
    const auto busy = third.write(get_latin).read_until("}");
    CHECK(contains(busy, "HTTP/1.1 503"));
    CHECK(contains(busy, "Retry-After: 1"));
    CHECK(contains(busy, "Connection: close"));

    while (on.server.connections().connections > 2) { // until the third is gone
    }
    raw_connection fourth(on.server.port()), fifth(on.server.port()), sixth(on.server.port());
    CHECK(sixth.write(get_latin).read().empty());
    CHECK(on.get("/languages/lat").status == 200);
    CHECK(on.server.connections().refused >= 3);
}
