// SPDX-License-Identifier: BSL-1.0
#include "catalog_fixture.hpp"

#include <coffer/net/as_result.hpp>

using namespace catalog_test;

namespace {

/// Requests that wait at the gate, for a server to be stopped under.
class waiting_requests {
public:
    explicit waiting_requests(running_catalog& on, std::size_t count)
        : on_(on), all_(on.io.executor(), count)
    {
        on.io.run(all_.connect(on.server.port()));
        on.gate.arm_closed("language", "lat", count - 1);
        tasks_.start(on.io.executor(), ask(all_, answers_));
        CHECK(run(on.io, on.gate.gathered()));
    }

    /// Their answers, once all have come. Errors: the first one.
    std::vector<reply> answers()
    {
        on_.io.run(tasks_.close());
        if (failure_)
            std::rethrow_exception(failure_);
        return answers_;
    }

private:
    static asio::awaitable<void> ask(crowd& from, std::vector<reply>& to)
    {
        to = co_await from.ask("/languages/lat");
    }

    running_catalog& on_;
    crowd all_;
    std::vector<reply> answers_;
    std::exception_ptr failure_;
    coffer::background tasks_{[this](std::exception_ptr failure) { failure_ = failure; }};
};

bool can_connect(running_catalog& on)
{
    http_client late(on.io.executor());
    return run(on.io, coffer::as_result(late.connect(on.server.port()))).has_value();
}

} // namespace

TEST_CASE("catalog: a server that stops answers what runs and then nobody")
{
    running_catalog on;
    waiting_requests busy(on, 5);
    stopping server(on, 10s);
    while (can_connect(on)) {
    }
    on.gate.open();
    const auto answers = busy.answers();
    CHECK(count_status(answers, 200) == 5);
    for (const auto& one : answers)
        CHECK_FALSE(one.keep_alive);
    CHECK(server.orderly());
    CHECK(on.server.connections().connections == 0);
    CHECK_THROWS(on.get("/languages/lat")); // the fixture's own connection was idle
}

TEST_CASE("catalog: requests that outlast the bound are cut off, and the server says so")
{
    running_catalog on;
    waiting_requests busy(on, 3);
    stopping server(on, 50ms);
    CHECK_THROWS(busy.answers());
    on.gate.open(); // the load itself may end before the caches are closed
    CHECK_FALSE(server.orderly());
    CHECK(on.server.connections().connections == 0);
}

TEST_CASE("catalog: stopping again does nothing, also without a single request before")
{
    running_catalog on;
    CHECK(on.stop());
    CHECK(on.stop());
    CHECK_FALSE(can_connect(on));
}

TEST_CASE("catalog: a connection that is half-way through its header may finish its request")
{
    running_catalog on;
    raw_connection raw(on.server.port());
    raw.write(std::string(
        "GET /languages/deu HTTP/1.1\r\nHost: x\r\n\r\nGET /languages/lat HTTP/1.1\r\n"));
    raw.read_until("}"); // now the second one has begun to arrive
    stopping server(on, 10s);
    while (can_connect(on)) {
    }
    const auto got = raw.write("Host: x\r\n\r\n").read();
    CHECK(contains(got, "\"code\":\"lat\""));
    CHECK(contains(got, "Connection: close"));
    CHECK(server.orderly());
}

TEST_CASE("catalog: two servers cannot have one port")
{
    running_catalog on;
    application_options how(on.folder.path() / "other.db");
    how.iso_codes(on.folder.path()).port(on.server.port());
    application other(on.io.executor(), std::move(how));
    CHECK_THROWS_AS(on.io.run(other.open()), boost::system::system_error);
    CHECK(run(on.io, other.close(1s)));
}
