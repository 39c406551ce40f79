// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/decode.hpp>

#include "reply_source.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/redis/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <unordered_map>

namespace {

namespace redis = coffer::redis;
using coffer::errc;
using redis::decode;
using redis::reply_kind;
using text = std::string;

struct point {
    int x = 0;
    int y = 0;
};

template <class T>
T read(const text& bytes)
{
    return decode<T>(reply_of(bytes));
}

/// What is said of a reply that does not fit.
template <class T>
redis::error failure(const text& bytes)
{
    try {
        (void)decode<T>(reply_of(bytes));
    } catch (const redis::error& error) {
        return error;
    }
    FAIL("it fits: " << bytes);
    return redis::error(errc::closed);
}

template <class T>
bool unexpected(const text& bytes)
{
    return failure<T>(bytes).code() == errc::unexpected_reply;
}

} // namespace

template <>
struct coffer::redis::reply_decoder<point> {
    static decode_status decode(const reply_view& reply, point& into)
    {
        std::pair<int, int> both;
        const auto status = decode_into(reply, both);
        into = {both.first, both.second};
        return status;
    }
};

TEST_CASE("decode: text comes from any scalar but null")
{
    CHECK(read<text>("$5\r\nhello\r\n") == "hello");
    CHECK(read<text>("$0\r\n\r\n") == "");
    CHECK(read<text>("+OK\r\n") == "OK");
    CHECK(read<text>("=7\r\ntxt:abc\r\n") == "abc");
    CHECK(read<text>(":-42\r\n") == "-42");
    CHECK(read<text>(",1.50\r\n") == "1.50");
    CHECK(read<text>("#t\r\n") == "t");
    CHECK(read<text>("(12345678901234567890123\r\n") == "12345678901234567890123");
    CHECK(unexpected<text>("_\r\n"));
    CHECK(unexpected<text>("$-1\r\n"));
    CHECK(unexpected<text>("*0\r\n"));
    CHECK(unexpected<text>("%0\r\n"));
}

TEST_CASE("decode: a string view is of the reply's own bytes")
{
    const reply_of reply("$5\r\nhello\r\n");
    const auto view = decode<std::string_view>(reply);
    CHECK(view == "hello");
    CHECK(view.data() == reply->text().data());
}

TEST_CASE("decode: an integer has to fit its type")
{
    CHECK(read<int>(":-42\r\n") == -42);
    CHECK(read<int>(":+7\r\n") == 7);
    CHECK(read<int>("$2\r\n17\r\n") == 17);
    CHECK(read<std::int64_t>(":-9223372036854775808\r\n") ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(read<std::uint64_t>("$20\r\n18446744073709551615\r\n") ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(read<std::uint8_t>(":255\r\n") == 255);
    CHECK(read<std::int8_t>(":-128\r\n") == -128);
    CHECK(unexpected<std::uint8_t>(":256\r\n"));
    CHECK(unexpected<std::int8_t>(":128\r\n"));
    CHECK(unexpected<unsigned>(":-1\r\n"));
    CHECK(unexpected<std::int64_t>("(9223372036854775808\r\n"));
    CHECK(unexpected<int>("$3\r\n1 2\r\n"));
    CHECK(unexpected<int>("$0\r\n\r\n"));
    CHECK(unexpected<int>(",1.5\r\n"));
    CHECK(unexpected<int>("_\r\n"));
    CHECK(failure<std::uint8_t>(":256\r\n").details().note().find("out of range") == 0);
}

TEST_CASE("decode: a double comes from a double, an integer or their text")
{
    CHECK(read<double>(",1.5\r\n") == 1.5);
    CHECK(read<double>(":3\r\n") == 3);
    CHECK(read<double>("$4\r\n2.25\r\n") == 2.25);
    CHECK(read<float>(",0.5\r\n") == 0.5f);
    CHECK(read<double>(",inf\r\n") == std::numeric_limits<double>::infinity());
    CHECK(read<double>(",-inf\r\n") == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(read<double>(",nan\r\n")));
    CHECK(std::isnan(read<double>(",-nan\r\n")));
    CHECK(read<double>("$3\r\ninf\r\n") == std::numeric_limits<double>::infinity());
    CHECK(read<double>(",-1e999\r\n") == -std::numeric_limits<double>::infinity());
    CHECK(read<double>(",1e-999\r\n") == 0);
    CHECK(unexpected<double>("#t\r\n"));
    CHECK(unexpected<double>("$3\r\n1,5\r\n"));
}

TEST_CASE("decode: a boolean is a boolean, or 0 and 1")
{
    CHECK(read<bool>("#t\r\n"));
    CHECK_FALSE(read<bool>("#f\r\n"));
    CHECK(read<bool>(":1\r\n"));
    CHECK_FALSE(read<bool>(":0\r\n"));
    CHECK(unexpected<bool>(":2\r\n"));
    CHECK(unexpected<bool>("+OK\r\n"));
    CHECK(unexpected<bool>("_\r\n"));
}

TEST_CASE("decode: nothing takes anything but an error, and ok takes only OK")
{
    decode<void>(reply_of("+OK\r\n"));
    decode<void>(reply_of("*2\r\n*1\r\n:1\r\n:2\r\n"));
    decode<redis::ok>(reply_of("+OK\r\n"));
    CHECK(unexpected<redis::ok>("+QUEUED\r\n"));
    CHECK(unexpected<redis::ok>("$2\r\nOK\r\n"));
    CHECK(unexpected<redis::ok>("_\r\n"));
    CHECK(failure<void>("-ERR no\r\n").code() == errc::server_refused);
}

TEST_CASE("decode: all three nulls are an empty optional")
{
    using maybe = std::optional<text>;
    CHECK(read<maybe>("_\r\n") == std::nullopt);
    CHECK(read<maybe>("$-1\r\n") == std::nullopt);
    CHECK(read<maybe>("*-1\r\n") == std::nullopt);
    CHECK(read<maybe>("$0\r\n\r\n") == "");
    CHECK(read<std::optional<std::vector<int>>>("*-1\r\n") == std::nullopt);
    CHECK(read<std::optional<std::vector<int>>>("*0\r\n") == std::vector<int>());
    CHECK(unexpected<maybe>("*0\r\n"));
}

TEST_CASE("decode: lists come from arrays, sets and pushes")
{
    const std::vector<int> both{1, 2};
    CHECK(read<std::vector<int>>("*2\r\n:1\r\n:2\r\n") == both);
    CHECK(read<std::vector<int>>("~2\r\n:1\r\n:2\r\n") == both);
    CHECK(read<std::vector<int>>(">2\r\n:1\r\n:2\r\n") == both);
    CHECK(read<std::list<int>>("*2\r\n:1\r\n:2\r\n") == std::list<int>{1, 2});
    CHECK(read<std::deque<int>>("*2\r\n:1\r\n:2\r\n") == std::deque<int>{1, 2});
    CHECK(read<std::set<text>>("~2\r\n+a\r\n+b\r\n") == std::set<text>{"a", "b"});
    CHECK(read<std::vector<bool>>("*3\r\n:1\r\n#f\r\n#t\r\n") ==
          std::vector<bool>{true, false, true});
    CHECK(read<std::vector<std::vector<int>>>("*2\r\n*1\r\n:1\r\n*0\r\n") ==
          std::vector<std::vector<int>>{{1}, {}});
    CHECK(unexpected<std::vector<int>>("*2\r\n:1\r\n+x\r\n"));
    CHECK(unexpected<std::vector<int>>("%1\r\n:1\r\n:2\r\n"));
    CHECK(unexpected<std::vector<int>>("_\r\n"));
    CHECK(unexpected<std::set<int>>(":1\r\n"));
}

TEST_CASE("decode: what an MGET answers keeps the holes")
{
    using maybe = std::optional<text>;
    CHECK(read<std::vector<maybe>>("*3\r\n$1\r\na\r\n_\r\n$1\r\nb\r\n") ==
          std::vector<maybe>{"a", std::nullopt, "b"});
}

TEST_CASE("decode: tuples, pairs and arrays have just so many elements")
{
    CHECK(read<std::pair<text, int>>("*2\r\n+a\r\n:1\r\n") == std::pair<text, int>("a", 1));
    CHECK(read<std::tuple<int, text, double>>("*3\r\n:1\r\n+a\r\n,2.5\r\n") ==
          std::tuple<int, text, double>(1, "a", 2.5));
    CHECK(read<std::array<int, 2>>("*2\r\n:1\r\n:2\r\n") == std::array<int, 2>{1, 2});
    CHECK(unexpected<std::pair<text, int>>("*1\r\n+a\r\n"));
    CHECK(unexpected<std::pair<text, int>>("*3\r\n+a\r\n:1\r\n:2\r\n"));
    CHECK(unexpected<std::array<int, 2>>(":1\r\n"));
    CHECK(unexpected<std::tuple<int, int>>("*2\r\n:1\r\n+a\r\n"));
}

TEST_CASE("decode: maps come from maps, flat lists and lists of pairs")
{
    const std::map<text, int> both{{"a", 1}, {"b", 2}};
    using map = std::map<text, int>;
    CHECK(read<map>("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n") == both);
    CHECK(read<map>("*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n") == both);
    CHECK(read<map>("*2\r\n*2\r\n+a\r\n:1\r\n*2\r\n+b\r\n:2\r\n") == both);
    CHECK(read<map>("*0\r\n").empty());
    CHECK(read<std::unordered_map<text, text>>("*2\r\n$1\r\nf\r\n$1\r\nv\r\n").at("f") == "v");
    CHECK(read<std::vector<std::pair<text, double>>>(
              "*2\r\n*2\r\n+a\r\n,1.5\r\n*2\r\n+b\r\n:2\r\n") ==
          std::vector<std::pair<text, double>>{{"a", 1.5}, {"b", 2}});
    CHECK(read<std::vector<std::pair<text, double>>>("*2\r\n+a\r\n$3\r\n1.5\r\n").front().second ==
          1.5);
    CHECK(unexpected<map>("*3\r\n+a\r\n:1\r\n+b\r\n"));
    CHECK(unexpected<map>("*1\r\n*3\r\n+a\r\n:1\r\n:2\r\n"));
    CHECK(unexpected<map>(":1\r\n"));
    CHECK(unexpected<map>("%1\r\n+a\r\n+b\r\n"));
}

TEST_CASE("decode: keys of a map may be lists themselves")
{
    const auto map = read<std::map<std::vector<int>, int>>("%1\r\n*2\r\n:1\r\n:2\r\n:3\r\n");
    CHECK(map == std::map<std::vector<int>, int>{{{1, 2}, 3}});
}

TEST_CASE("decode: an error stays where it is if the type has room for it")
{
    using each = std::vector<redis::result<int>>;
    const auto all = read<each>("*3\r\n:1\r\n-WRONGTYPE bad\r\n!9\r\nERR other\r\n");
    REQUIRE(all.size() == 3);
    CHECK(all[0].value() == 1);
    CHECK(all[1].error().is("WRONGTYPE"));
    CHECK(all[2].error().text() == "ERR other");
    CHECK_THROWS_AS((void)all[1].value(), redis::error);
    CHECK(read<redis::result<void>>("+OK\r\n").has_value());
    CHECK(read<redis::result<void>>("-ERR x\r\n").has_error());
    CHECK(unexpected<each>("*1\r\n+x\r\n"));
}

TEST_CASE("decode: an error where a value is wanted is the server's, wherever it is")
{
    const auto nested = failure<std::tuple<redis::ok, int>>("*2\r\n+OK\r\n-WRONGTYPE bad\r\n");
    CHECK(nested.code() == errc::server_refused);
    CHECK(nested.reply().code() == "WRONGTYPE");
    CHECK(failure<std::vector<int>>("-MOVED 1 a:1\r\n").reply().is("MOVED"));
    CHECK(failure<std::map<text, int>>("%1\r\n+a\r\n-ERR x\r\n").code() == errc::server_refused);
}

TEST_CASE("decode: what does not fit says what was wanted and what came")
{
    const auto error = failure<int>("*0\r\n");
    CHECK(error.details().note() == "wanted an integer, got an array");
    CHECK(text(error.what()).find("wanted an integer, got an array") != text::npos);
    CHECK(failure<std::vector<int>>("$1\r\nx\r\n").details().note() ==
          "wanted a list, got a string");
}

TEST_CASE("decode: a type of the user's own is decoded by its specialisation")
{
    CHECK(read<point>("*2\r\n:3\r\n:4\r\n").y == 4);
    const auto all = read<std::vector<point>>("*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n");
    CHECK(all[1].x == 3);
    CHECK(unexpected<std::vector<point>>("*1\r\n:1\r\n"));
}

TEST_CASE("decode: a reply view as an element is all of that element")
{
    const reply_of reply("*3\r\n*2\r\n:1\r\n:2\r\n+x\r\n%1\r\n+k\r\n*1\r\n:9\r\n");
    const auto items = decode<std::vector<redis::reply_view>>(reply);
    REQUIRE(items.size() == 3);
    CHECK(decode<std::vector<int>>(items[0]) == std::vector<int>{1, 2});
    CHECK(items[1].text() == "x");
    CHECK((decode<std::map<text, std::vector<int>>>(items[2]).at("k") == std::vector<int>{9}));
}

TEST_CASE("decode: into an object that exists, its room is kept")
{
    text into(1000, 'x');
    const char* const room = into.data();
    CHECK(redis::decode_into(reply_of("$5\r\nhello\r\n"), into).ok());
    CHECK(into == "hello");
    CHECK(into.data() == room);

    std::vector<text> list(2, text(500, 'x'));
    const char* const first = list[0].data();
    CHECK(redis::decode_into(reply_of("*1\r\n$40\r\n" + text(40, 'y') + "\r\n"), list).ok());
    CHECK(list == std::vector<text>{text(40, 'y')});
    CHECK(list[0].data() == first);

    std::optional<text> maybe(text(500, 'x'));
    const char* const inner = maybe->data();
    CHECK(redis::decode_into(reply_of("$1\r\na\r\n"), maybe).ok());
    CHECK(maybe->data() == inner);
}

TEST_CASE("value: holds any reply with all that is in it")
{
    using redis::value;
    const auto any = read<value>("*9\r\n+OK\r\n$1\r\nb\r\n:1\r\n,2.5\r\n#t\r\n_\r\n-ERR e\r\n"
                                 "=5\r\ntxt:v\r\n%1\r\n(99\r\n~1\r\n:1\r\n");
    REQUIRE(any.is<value::array>());
    const auto& items = any.as<value::array>().items;
    REQUIRE(items.size() == 9);
    CHECK(items[0].as<text>() == "OK");
    CHECK(items[1].as<text>() == "b");
    CHECK(items[2].as<std::int64_t>() == 1);
    CHECK(items[3].as<double>() == 2.5);
    CHECK(items[4].as<bool>());
    CHECK(items[5].is<value::null>());
    CHECK(items[6].as<redis::error_reply>().text() == "ERR e");
    CHECK(items[7].as<value::verbatim>() == value::verbatim{"txt", "v"});
    const auto& pair = items[8].as<value::map>().items.at(0);
    CHECK(pair.first.as<value::big_number>().digits == "99");
    CHECK(pair.second.as<value::set>().items.at(0).as<std::int64_t>() == 1);
    CHECK_THROWS_AS((void)items[0].as<bool>(), std::bad_variant_access);
}

TEST_CASE("value: two are equal if all that is in them is")
{
    using redis::value;
    const text bytes = "*2\r\n%1\r\n+a\r\n~1\r\n:1\r\n*1\r\n_\r\n";
    CHECK(read<value>(bytes) == read<value>(bytes));
    CHECK_FALSE(read<value>(bytes) == read<value>("*2\r\n%1\r\n+a\r\n~1\r\n:2\r\n*1\r\n_\r\n"));
    CHECK_FALSE(read<value>("*1\r\n:1\r\n") == read<value>("~1\r\n:1\r\n"));
}

TEST_CASE("reply view: elements are walked in order, nested ones as wholes")
{
    const reply_of reply("*4\r\n*2\r\n:1\r\n*1\r\n:2\r\n%1\r\n+k\r\n+v\r\n$3\r\nend\r\n_\r\n");
    std::vector<reply_kind> kinds;
    for (const auto& item : reply.view())
        kinds.push_back(item.kind());
    CHECK(kinds == std::vector<reply_kind>{reply_kind::array, reply_kind::map, reply_kind::bulk,
                                           reply_kind::null});
    CHECK(reply->size() == 4);
    CHECK((*reply.operator->())[2].text() == "end");
    CHECK((*reply.operator->())[1].size() == 2);
    CHECK((*reply.operator->())[9].is_null());
    CHECK(reply->text().empty());
    auto at = reply->begin();
    CHECK((at++)->kind() == reply_kind::array);
    CHECK(at->kind() == reply_kind::map);
}

TEST_CASE("reply view: a verbatim string has a format and a text")
{
    const reply_of reply("=8\r\nmkd:# Hi\r\n");
    CHECK(reply->format() == "mkd");
    CHECK(reply->text() == "# Hi");
    CHECK(reply_of("+x\r\n")->format().empty());
}
