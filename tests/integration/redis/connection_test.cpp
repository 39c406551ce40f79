// SPDX-License-Identifier: BSL-1.0
#include "redis_fixture.hpp"

using namespace redis_test;
using support::redis_server;
using support::redis_tls_server;
using support::scripted_peer;

namespace {

/// What a client that cannot connect is told.
redis::error no_connection(const redis::config& from)
{
    connected on(from);
    return on.failure_of(on.db.connect());
}

std::string tls_url(const redis_tls_server& at, const std::string& who,
                    const std::string& rest = {})
{
    return "rediss://" + who + "@127.0.0.1:" + std::to_string(at.port()) +
           "?ca_file=" + at.files().authority().string() + rest;
}

redis_tls_server& tls_server()
{
    static redis_tls_server one;
    return one;
}

} // namespace

TEST_CASE("redis connection: by a socket file")
{
    connected on("unix://" + server().socket().string() + "?db=2&client_name=by-file");
    on.exec<redis::ok>("SET", "here", 1);
    CHECK(server().cli({"-n", "2", "GET", "here"}) == "1");
    CHECK(contains(server().cli({"CLIENT", "LIST"}), "name=by-file"));
}

TEST_CASE("redis connection: the database and the name are those of the URL, in both protocols")
{
    for (const char* protocol : {"newest", "2"}) {
        shared_server on(std::string("/3?client_name=test-me&protocol=") + protocol);
        on.exec<redis::ok>("SET", "here", 1);
        CHECK(server().cli({"-n", "3", "GET", "here"}) == "1");
        const auto clients = server().cli({"CLIENT", "LIST"});
        CHECK(contains(clients, "name=test-me"));
        CHECK(contains(clients, protocol == std::string("2") ? "resp=2" : "resp=3"));
    }
}

TEST_CASE("redis connection: a server without HELLO is spoken to in RESP2")
{
    redis_server old({"--rename-command", "HELLO", "", "--requirepass", "word"});
    connected on("redis://:word@127.0.0.1:" + std::to_string(old.port()) + "/1?client_name=old");
    on.exec<redis::ok>("SET", "k", 1);
    CHECK(on.exec<std::optional<std::string>>("GET", "none") == std::nullopt);
    CHECK(on.exec<std::optional<std::string>>("GET", "k") == "1");
    CHECK(old.cli({"-a", "word", "--no-auth-warning", "-n", "1", "GET", "k"}) == "1");
    const auto wrong = no_connection("redis://:wrong@127.0.0.1:" + std::to_string(old.port()));
    CHECK(wrong.code() == errc::server_refused);
    CHECK(wrong.reply().is("WRONGPASS"));
    const auto missing = no_connection(old.url());
    CHECK(missing.reply().is("NOAUTH"));
}

TEST_CASE("redis connection: TLS, with the name looked at, and users with what they may do")
{
    connected on(tls_url(tls_server(), "app:app-secret"));
    on.exec<redis::ok>("SET", "app:k", "over TLS");
    CHECK(on.exec<std::string>("GET", "app:k") == "over TLS");
    CHECK(on.exec<std::string>("ACL", "WHOAMI") == "app");
    CHECK(on.failure_of(on.db.exec("GET", "other")).reply().is("NOPERM"));
    const std::string large(3 << 20, 'x');
    on.exec<redis::ok>("SET", "app:large", large);
    CHECK((on.exec<std::string>("GET", "app:large") == large));
    std::vector<support::outcome_of<long>> all;
    for (int count = 0; count < 500; ++count)
        all.push_back(support::start(on.io, on.db.exec<long>("INCR", "app:n")));
    on.run_until([&] { return all.back().done(); });
    CHECK(all.back().get() == 500);
}

TEST_CASE("redis connection: a certificate for another name is refused")
{
    redis_tls_server other(redis_tls_server::clients::any, "DNS:elsewhere.example");
    const auto failed = no_connection(tls_url(other, "app:app-secret"));
    CHECK(contains(failed.what(), "IP address mismatch"));
    CHECK_FALSE(contains(failed.what(), "app-secret"));
    const auto by_name = no_connection(tls_url(other, "app:app-secret", "&server_name=localhost"));
    CHECK(contains(by_name.what(), "hostname mismatch"));
    connected on(tls_url(other, "app:app-secret", "&server_name=elsewhere.example"));
    CHECK_NOTHROW(on.run(on.db.connect()));
    connected careless(tls_url(other, "app:app-secret", "&verification=none"));
    CHECK_NOTHROW(careless.run(careless.db.connect()));
}

TEST_CASE("redis connection: a certificate of an unknown authority is refused")
{
    const auto failed =
        no_connection("rediss://app:app-secret@127.0.0.1:" + std::to_string(tls_server().port()));
    CHECK(contains(failed.what(), "TLS with 127.0.0.1: "));
    CHECK(contains(failed.what(), "certificate"));
}

TEST_CASE("redis connection: a server may ask for a certificate of the client")
{
    redis_tls_server strict(redis_tls_server::clients::with_certificate);
    const auto url = tls_url(strict, "app:app-secret");
    CHECK_THROWS_AS(throw no_connection(url), redis::error);
    auto with = redis::config(url).certificate(strict.files().client().string(),
                                               strict.files().client_key().string());
    connected on(with);
    CHECK(on.exec<std::string>("PING") == "PONG");
}

TEST_CASE("redis connection: files that cannot be used are refused when the client is made")
{
    asio::io_context io;
    const auto make = [&](const redis::config& from) { redis::client(io.get_executor(), from); };
    CHECK_THROWS_WITH_AS(make("rediss://h?ca_file=/none.pem"), doctest::Contains("/none.pem"),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(make(redis::config("rediss://h").certificate("/c.pem", "/k.pem")),
                         doctest::Contains("/c.pem"), std::invalid_argument);
}

TEST_CASE("redis connection: a wrong password, and a user that is not there, are told")
{
    for (const char* who : {"app:wrong", "nobody:app-secret"}) {
        const auto failed = no_connection(tls_url(tls_server(), who));
        CHECK(failed.code() == errc::server_refused);
        CHECK(failed.reply().is("WRONGPASS"));
        CHECK(failed.command() == "HELLO");
    }
}

TEST_CASE("redis connection: a database that is not there is told, to callers as well")
{
    connected on(server().url("/99?deadline=100ms"));
    const auto failed = on.failure_of(on.db.connect());
    CHECK(failed.command() == "SELECT");
    CHECK(contains(failed.what(), "out of range"));
    const auto late = on.failure_of(on.db.exec("GET", "k"));
    CHECK(late.code() == errc::timeout);
    CHECK(contains(late.what(), "out of range"));
    CHECK_FALSE(late.maybe_executed());
}

TEST_CASE("redis connection: credentials are asked for before each connection")
{
    support::fault_proxy proxy(tls_server().port());
    int asked = 0;
    const auto ask = [&asked]() -> asio::awaitable<redis::credentials> {
        ++asked;
        co_return redis::credentials("app", asked == 2 ? "stale" : "app-secret");
    };
    auto from = redis::config("rediss://127.0.0.1:" + std::to_string(proxy.port()) +
                              "?ca_file=" + tls_server().files().authority().string());
    connected on(from.credentials(ask).pause(1ms, 1ms).deadline(10s));
    on.exec<long>("INCR", "app:asked");
    CHECK(asked == 1);
    proxy.cut();
    CHECK(on.exec<std::string>("GET", "app:asked") == "1"); // the second attempt is refused
    CHECK(asked == 3);
    CHECK(on.stats().connect_failed == 1);
}

TEST_CASE("redis connection: credentials that cannot be had fail the attempt")
{
    const auto ask = []() -> asio::awaitable<redis::credentials> {
        throw std::runtime_error("the vault is closed");
        co_return redis::credentials();
    };
    const auto failed = no_connection(redis::config(server().url()).credentials(ask));
    CHECK(contains(failed.what(), "the vault is closed"));
}

TEST_CASE("redis connection: nobody listens, and no such name")
{
    const auto refused = no_connection("redis://127.0.0.1:" + std::to_string(support::free_port()));
    CHECK(refused.code() == boost::system::errc::connection_refused);
    CHECK(contains(refused.what(), "connecting to 127.0.0.1"));
    CHECK(contains(no_connection("unix:///none/such.sock").what(), "/none/such.sock"));
    CHECK(contains(no_connection("redis://no-such-host.invalid").what(), "no-such-host.invalid"));
}

TEST_CASE("redis connection: a peer that speaks something else is dropped, and told of")
{
    for (const char* garbage : {"HTTP/1.1 400 Bad Request\r\n\r\n", "garbage", "$999999999999\r\n",
                                "*-7\r\n", "+OK\r\n"}) {
        CAPTURE(garbage);
        scripted_peer peer(garbage);
        const auto failed =
            no_connection(redis::config(peer.url()).connect_timeout(300ms).pause(10ms, 10ms));
        const bool clear = failed.code().category() == redis::protocol_category() ||
                           failed.code() == errc::timeout || failed.code() == errc::server_refused;
        CHECK_MESSAGE(clear, failed.what());
    }
}

TEST_CASE("redis connection: what the server says before it hangs up is told")
{
    redis_server small({"--maxclients", "1"});
    connected first(small.url());
    first.run(first.db.connect());
    const auto failed = no_connection(small.url());
    CHECK_MESSAGE(contains(failed.what(), "max number of clients"), failed.what());
}

TEST_CASE("redis connection: a peer that never answers is given up within the time for connecting")
{
    scripted_peer silent("");
    connected on(redis::config(silent.url()).connect_timeout(100ms).pause(1ms, 1ms));
    const auto failed = on.failure_of(on.db.connect());
    CHECK(failed.code() == errc::timeout);
    on.run_until([&] { return silent.accepted() > 2; }); // and tried again
}

TEST_CASE("redis connection: events tell what happens, without secrets")
{
    support::fault_proxy proxy(server().port());
    std::vector<redis::connection_event> seen;
    auto from = redis::config("redis://default:hunter2@127.0.0.1:" + std::to_string(proxy.port()));
    from.pause(1ms, 1ms).on_event([&](const redis::connection_event& one) { seen.push_back(one); });
    connected on(from); // the default user takes any password
    on.run(on.db.connect());
    proxy.cut();
    on.run_until([&] { return seen.size() >= 3; });
    using kind = redis::connection_event::kind;
    CHECK(seen[0].what == kind::connected);
    CHECK(seen[1].what == kind::lost);
    CHECK(seen[2].what == kind::connected);
    for (const auto& each : seen) {
        CHECK(each.node == "127.0.0.1:" + std::to_string(proxy.port()));
        CHECK_FALSE(contains(each.reason, "hunter2"));
    }
    CHECK_FALSE(contains(on.db.describe(), "hunter2"));
}

TEST_CASE("redis connection: over TLS a client is closed at any step, also while it writes")
{
    const redis::config to(tls_url(tls_server(), "app:app-secret"));
    for (int steps = 0; steps < 40; ++steps) {
        CAPTURE(steps);
        loop on;
        redis::client db(on.io.get_executor(), to);
        const auto one = support::start(on.io, db.exec("SET", "app:k", std::string(100'000, 'x')));
        for (int step = 0; step < steps; ++step)
            on.io.run_one_for(2ms);
        on.run(db.close());
        on.run_until([&] { return one.done(); });
    }
}

TEST_CASE("redis connection: what one server cannot do is refused where it is written")
{
    shared_server on;
    CHECK_THROWS_AS(on.db.with(redis::read_from(redis::read_policy::replica)),
                    std::invalid_argument);
    const auto near = on.db.with(redis::read_from(redis::read_policy::nearest));
    CHECK(on.run(near.exec<std::string>("PING")) == "PONG");
    CHECK_THROWS_AS(
        redis::client(on.io.get_executor(),
                      redis::config("redis://a").database(1).topology(redis::topology::cluster)),
        std::invalid_argument);
}
