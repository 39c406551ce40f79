// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/call_terms.hpp>
#include <coffer/redis/config.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;
namespace redis = coffer::redis;
using redis::config;
using redis::settings;

namespace {

settings read(const std::string& url)
{
    return config(url).values();
}

/// What is said about a URL that cannot be right.
std::string complaint(const std::string& url)
{
    try {
        config read_one(url);
    } catch (const std::invalid_argument& wrong) {
        return wrong.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("redis config: without a URL it is the server of this machine")
{
    const auto values = config().values();
    CHECK(values.by == redis::transport::tcp);
    CHECK(values.nodes == std::vector{redis::endpoint("127.0.0.1", 6379)});
    CHECK(values.database == 0);
    CHECK(values.deadline == 1s);
}

TEST_CASE("redis config: host, port and database")
{
    CHECK(read("redis://cache").nodes.front() == redis::endpoint("cache", 6379));
    CHECK(read("redis://cache:7000").nodes.front() == redis::endpoint("cache", 7000));
    CHECK(read("redis://cache:7000/").database == 0);
    CHECK(read("redis://cache:7000/12").database == 12);
    CHECK(read("redis://cache/3?db=4").database == 4);
    CHECK(read("redis://:7000").nodes.front() == redis::endpoint("127.0.0.1", 7000));
    CHECK(read("redis://[::1]:7000/1").nodes.front() == redis::endpoint("::1", 7000));
    CHECK(read("redis://[fe80::2]").nodes.front() == redis::endpoint("fe80::2", 6379));
}

TEST_CASE("redis config: an address in text has brackets only if it needs them")
{
    CHECK(redis::endpoint("::1", 7).text() == "[::1]:7");
    CHECK(redis::endpoint("host", 7).text() == "host:7");
}

TEST_CASE("redis config: user and password are decoded, and may hold anything")
{
    const auto both = read("redis://web:p%40ss%2Fw%3Aord@cache").login;
    CHECK(both.user == "web");
    CHECK(both.password == "p@ss/w:ord");
    const auto secret_only = read("redis://:secret@cache").login;
    CHECK(secret_only.user.empty());
    CHECK(secret_only.password == "secret");
    CHECK(read("redis://web@cache").login.user == "web");
    CHECK(read("redis://a:b:c@cache").login.password == "b:c");
    CHECK(read("redis://a:b@c@cache").login.password == "b@c");
}

TEST_CASE("redis config: TLS is a scheme, and its files and names are options")
{
    const auto values = read("rediss://app@cache:6380/2?ca_file=/etc/own%20ca.pem&certificate_file="
                             "c.pem&key_file=k.pem&server_name=inner");
    CHECK(values.by == redis::transport::tls);
    CHECK(values.verification == redis::verification::full);
    CHECK(values.ca_file == "/etc/own ca.pem");
    CHECK(values.certificate_file == "c.pem");
    CHECK(values.key_file == "k.pem");
    CHECK(values.server_name == "inner");
    CHECK(read("rediss://cache?verification=none").verification == redis::verification::none);
}

TEST_CASE("redis config: a socket file is a path")
{
    const auto values = read("unix:///run/redis/a%20b.sock?db=3");
    CHECK(values.by == redis::transport::socket_file);
    CHECK(values.socket_file == "/run/redis/a b.sock");
    CHECK(values.database == 3);
    CHECK(read("unix://web:secret@/run/x.sock").login.password == "secret");
}

TEST_CASE("redis config: several hosts are a leader and its replicas")
{
    for (const char* url : {"redis://a:7000,b,[::1]:7002/3", "redis://a:7000;b;[::1]:7002/3"}) {
        const auto values = read(url);
        CHECK(values.topology == redis::topology::replicas);
        CHECK(values.nodes == std::vector{redis::endpoint("a", 7000), redis::endpoint("b", 6379),
                                          redis::endpoint("::1", 7002)});
        CHECK(values.database == 3);
    }
    CHECK(read("rediss://u:p,w@a,b").login.password == "p,w");
    CHECK(read("redis://a").topology == redis::topology::single);
    CHECK(config("redis://a").nodes({redis::endpoint("b", 1)}).describe() == "redis://b:1/0");
}

TEST_CASE("redis config: a cluster is named by some of its nodes")
{
    const auto values = read("redis+cluster://app:x@a:7000,b:7001/");
    CHECK(values.topology == redis::topology::cluster);
    CHECK(values.nodes.size() == 2);
    CHECK(values.login.user == "app");
    CHECK(read("redis+cluster://a/0").nodes.front().port == 6379);
    CHECK(read("rediss+cluster://a,b").by == redis::transport::tls);
}

TEST_CASE("redis config: Sentinels are asked for a master by its name")
{
    const auto values = read("redis+sentinel://app:secret@s1:5000,s2,s3/mymaster/2"
                             "?sentinel_user=watch&sentinel_password=p%40ss");
    CHECK(values.topology == redis::topology::sentinel);
    CHECK(values.nodes.front() == redis::endpoint("s1", 5000));
    CHECK(values.nodes.back() == redis::endpoint("s3", 26379));
    CHECK(values.master == "mymaster");
    CHECK(values.database == 2);
    CHECK(values.login.password == "secret");
    CHECK(values.sentinel_login.user == "watch");
    CHECK(values.sentinel_login.password == "p@ss");
    CHECK(read("redis+sentinel://s/main").master == "main");
    CHECK(read("redis+sentinel://s?master=main").master == "main");
    CHECK(read("redis+sentinel://s/3?master=main").database == 3);
    CHECK(read("redis+sentinel://s/7/0").master == "7");
    CHECK_FALSE(read("rediss+sentinel://s/m").sentinel_tls);
    CHECK(read("rediss+sentinel://s/m?sentinel_tls=no").sentinel_tls == redis::sentinel_tls::no);
}

TEST_CASE("redis config: which server reads is an option, and a term of each call")
{
    using redis::read_policy;
    CHECK(read("redis://a,b").read_from == read_policy::primary);
    CHECK(read("redis://a,b?read_from=replica").read_from == read_policy::replica);
    CHECK(read("redis://a,b?read_from=prefer_replica").read_from == read_policy::prefer_replica);
    CHECK(read("redis+cluster://a?read_from=nearest").read_from == read_policy::nearest);
    CHECK(read("redis://a?read_from=primary").read_from == read_policy::primary);
    CHECK_FALSE(redis::call_terms().reading());
    CHECK(redis::read_from(read_policy::replica).reading() == read_policy::replica);
}

TEST_CASE("redis config: every option of a URL sets what it is called")
{
    const auto values =
        read("redis://h?client_name=web-1&protocol=2&connect_timeout=250ms&deadline=2s"
             "&first_pause=10ms&longest_pause=1m&silence=3s&links=2&max_dedicated=4"
             "&max_in_flight=100&max_queued_bytes=8MiB&max_offline=7&overflow=refuse"
             "&max_reply_bytes=64KiB");
    CHECK(values.client_name == "web-1");
    CHECK(values.protocol == redis::protocol::resp2);
    CHECK(values.connect_timeout == 250ms);
    CHECK(values.deadline == 2s);
    CHECK(values.first_pause == 10ms);
    CHECK(values.longest_pause == 1min);
    CHECK(values.silence == 3s);
    CHECK(values.links == 2);
    CHECK(values.max_dedicated == 4);
    CHECK(values.max_in_flight == 100);
    CHECK(values.max_queued_bytes == 8 << 20);
    CHECK(values.max_offline == 7);
    CHECK(values.overflow == redis::overflow::refuse);
    CHECK(values.max_reply_bytes == 64 << 10);
    CHECK_FALSE(read("redis://h?deadline=none").deadline);
}

TEST_CASE("redis config: what the program adds goes before what the URL says")
{
    auto made = config("redis://old:word@h/1?deadline=1s").credentials("new", "secret").database(2);
    CHECK(made.values().login.user == "new");
    CHECK(made.values().database == 2);
    made.deadline(std::nullopt).client_name("me").links(3);
    CHECK_FALSE(made.values().deadline);
    CHECK(made.values().client_name == "me");
    CHECK(made.values().links == 3);
}

TEST_CASE("redis config: a wrong URL is refused with the remedy")
{
    const std::pair<const char*, const char*> wrong[] = {
        {"localhost:6379", "redis://host:port"},
        {"http://cache", "not a scheme of Redis"},
        {"unix+cluster:///run/redis.sock", "with +sentinel or +cluster"},
        {"redis://a,,b", "no host between two separators"},
        {"redis://a,b,", "at an end of the list"},
        {"redis://a,a:6379", "names a:6379 twice"},
        {"redis://a,unix:///run/redis.sock", "a socket file is alone"},
        {"unix:///run/a.sock,unix:///run/b.sock", "a socket file is alone"},
        {"redis://a,redis://b", "one scheme stands before all hosts"},
        {"redis+cluster://a/1", "only database 0, not 1"},
        {"redis+cluster://a?db=2", "only database 0, not 2"},
        {"redis+cluster://a/mymaster", "follows the nodes of a cluster"},
        {"redis+cluster://a?master=m", "only Sentinels know a master"},
        {"redis+sentinel://a:26379", "redis+sentinel://host:26379/NAME/0"},
        {"redis+sentinel://a/0", "name, which is missing"},
        {"redis+sentinel://a/m/first", "number of a database"},
        {"redis+sentinel://a/m?master=n", "twice, in the path and as an option"},
        {"redis+sentinel://a/m%2Fn", "has no slash"},
        {"redis+sentinel://a/m?sentinel_tls=yes", "is for rediss+sentinel"},
        {"rediss+sentinel://a/m?sentinel_tls=perhaps", "takes yes or no"},
        {"redis://a?sentinel_user=u", "options for Sentinels and names none"},
        {"rediss://a?sentinel_tls=no", "options for Sentinels and names none"},
        {"redis://a?master=m", "only Sentinels know a master"},
        {"redis://a?read_from=replica", "redis://leader,replica"},
        {"unix:///run/redis.sock?read_from=nearest", "redis://leader,replica"},
        {"redis://a,b?read_from=any", "takes primary, replica, prefer_replica or nearest"},
        {"redis://cache:0", "not a port"},
        {"redis://cache:65536", "not a port"},
        {"redis://cache:x", "\"x\" is not a port"},
        {"redis://cache:", "port is missing"},
        {"redis://::1", "brackets"},
        {"redis://[::1", "ends with a ]"},
        {"redis://[::1]7", "colon and the port"},
        {"redis://cache/first", "number of a database"},
        {"redis://cache/-1", "number of a database"},
        {"redis://cache?deadline", "write deadline="},
        {"redis://cache?deadline=5", "takes a time with its unit"},
        {"redis://cache?deadline=0s", "must be positive"},
        {"redis://cache?links=0", "at least 1"},
        {"redis://cache?links=many", "takes a number"},
        {"redis://cache?protocol=3", "takes newest or 2"},
        {"redis://cache?overflow=drop", "takes wait or refuse"},
        {"redis://cache?verification=some", "takes full or none"},
        {"redis://cache?colour=red", "there is no option \"colour\""},
        {"redis://cache?client_name=a%20b", "no spaces"},
        {"redis://cache?certificate_file=c.pem", "belong together"},
        {"redis://ca%zzche", "hexadecimal"},
        {"redis://cache#part", "%23"},
        {"unix://run/redis.sock", "third slash"},
        {"unix://", "third slash"},
    };
    for (const auto& [url, remedy] : wrong) {
        CAPTURE(url);
        CHECK_MESSAGE(contains(complaint(url), remedy), complaint(url));
    }
}

TEST_CASE("redis config: the list of options names all of them")
{
    const auto told = complaint("redis://cache?none_such=1");
    for (const char* name : {"db", "client_name", "ca_file", "deadline", "max_reply_bytes"})
        CHECK(contains(told, name));
}

TEST_CASE("redis config: no complaint shows a password")
{
    for (const char* url :
         {"redis://web:hunter2@cache:x", "redis://web:hunter2@cache/first",
          "redis://web:hunter2/x@cache", "redis://web:hunter2@cache?deadline=5",
          "redis://web:hunter2#@cache", "web:hunter2@cache", "http://web:hunter2@cache",
          "redis://web:hunter2?x@cache", "redis://web:hunter2%zz@cache", "redis://:hunter2@a,,b",
          "redis+sentinel://a?sentinel_password=hunter2", "localhost?sentinel_password=hunter2",
          "redis+sentinel://a/m?sentinel_password=x@hunter2", "redis://a?sentinel_pasword=hunter2",
          "redis+sentinel://a/m?deadline=5&sentinel%5Fpassword=hunter2",
          "redis+sentinel://u:x@a/m?deadline=5&sentinel_password=hunter2#"}) {
        CAPTURE(url);
        CHECK_FALSE(complaint(url).empty());
        CHECK_FALSE(contains(complaint(url), "hunter2"));
    }
}

TEST_CASE("redis config: a description is a URL that says the same, without the password")
{
    const std::string url = "rediss://w%40b:hunter2@cache:6380/2?client_name=me&deadline=250ms"
                            "&max_offline=5&verification=none";
    const auto text = config(url).describe();
    CHECK_FALSE(contains(text, "hunter2"));
    CHECK(text == "rediss://w%40b@cache:6380/2?client_name=me&verification=none&deadline=250ms"
                  "&max_offline=5");
    const auto again = read(text);
    CHECK(again.login.user == "w@b");
    CHECK(again.deadline == 250ms);
    CHECK(config("redis://h").describe() == "redis://h:6379/0");
    CHECK(config("unix:///a/b.sock?db=2").describe() == "unix:///a/b.sock?db=2");
}

TEST_CASE("redis config: a description says the same of several servers, without passwords")
{
    const std::string url = "rediss+sentinel://app:hunter2@s1,[::1]:5000/main/2?sentinel_user=w"
                            "&sentinel_password=hunter2&sentinel_tls=no&read_from=nearest";
    const auto text = config(url).describe();
    CHECK(text == "rediss+sentinel://app@s1:26379,[::1]:5000/main/2?sentinel_user=w"
                  "&sentinel_tls=no&read_from=nearest");
    CHECK(config(text).describe() == text);
    for (const char* same :
         {"redis://a:1,b:2/3?read_from=prefer_replica", "redis+cluster://a:1,b:2/0",
          "rediss+cluster://a:1/0?read_from=replica", "redis+sentinel://s:1/m/0"})
        CHECK(config(same).describe() == same);
}

TEST_CASE("redis config: what a program gives wrongly is refused where it is written")
{
    CHECK_THROWS_AS(config().deadline(0ms), std::invalid_argument);
    CHECK_THROWS_AS(config().connect_timeout(-1ms), std::invalid_argument);
    CHECK_THROWS_AS(config().silence(0ms), std::invalid_argument);
    CHECK_THROWS_AS(config().pause(2s, 1s), std::invalid_argument);
    CHECK_THROWS_AS(config().pause(0ms, 1s), std::invalid_argument);
    CHECK_THROWS_AS(config().links(0), std::invalid_argument);
    CHECK_THROWS_AS(config().max_in_flight(0), std::invalid_argument);
    CHECK_THROWS_AS(config().max_offline(0), std::invalid_argument);
    CHECK_THROWS_AS(config().max_queued_bytes(0), std::invalid_argument);
    CHECK_THROWS_AS(config().max_dedicated(0), std::invalid_argument);
    CHECK_THROWS_AS(config().max_reply_bytes(0), std::invalid_argument);
    CHECK_THROWS_AS(config().client_name("a b"), std::invalid_argument);
    CHECK_THROWS_AS(config().client_name("a\r\nFLUSHALL"), std::invalid_argument);
    CHECK_THROWS_AS(config().certificate("c.pem", ""), std::invalid_argument);
    CHECK_THROWS_AS(config().nodes({}), std::invalid_argument);
    CHECK_THROWS_AS(config().master("a b"), std::invalid_argument);
}
