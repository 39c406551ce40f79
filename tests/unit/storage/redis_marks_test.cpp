// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/content.hpp"
#include "storage/redis/marks.hpp"
#include "storage/redis/names.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>

using namespace coffer::detail;
using coffer::storage_key;
using verdict = redis_marks::verdict;

namespace {

redis_marks marks_of(redis_fields answer)
{
    const auto read = redis_marks::read(answer);
    REQUIRE(read);
    return *read;
}

verdict judged(const redis_marks& marks, std::uint64_t captured)
{
    return marks.judge(captured, marks.tags).what;
}

} // namespace

TEST_CASE("redis marks: an absent sequence is no marks at all")
{
    CHECK(!redis_marks::read({}));
    CHECK(!redis_marks::read({std::nullopt, "1", std::nullopt, std::nullopt}));
    CHECK(!redis_marks::read({"5", std::nullopt, std::nullopt, std::nullopt}));
    CHECK(!redis_marks::read({"not ours", "1", std::nullopt, std::nullopt}));
}

TEST_CASE("redis marks: what was captured before the minting, a clear, or after now is dead")
{
    const auto minted = marks_of({"10", "7", std::nullopt, std::nullopt});
    CHECK(judged(minted, 6) == verdict::dead);
    CHECK(judged(minted, 7) == verdict::valid);
    CHECK(judged(minted, 10) == verdict::valid);
    CHECK(judged(minted, 11) == verdict::dead);
    CHECK(judged(marks_of({"10", "7", "9", std::nullopt}), 8) == verdict::dead);
    CHECK(judged(marks_of({"10", "7", std::nullopt, "9"}), 8) == verdict::dead);
    CHECK(judged(marks_of({"10", "7", std::nullopt, "9"}), 9) == verdict::valid);
}

TEST_CASE("redis marks: tags kill or age what was captured before their bumps")
{
    const auto marks = marks_of({"20", "1", std::nullopt, std::nullopt, "5 0 0", "7 12 1000"});
    CHECK(judged(marks, 4) == verdict::dead);
    CHECK(judged(marks, 6) == verdict::dead);
    const auto aged = marks.judge(11, marks.tags);
    CHECK(aged.what == verdict::stale);
    CHECK(aged.stale_since == 1'000);
    CHECK(judged(marks, 12) == verdict::valid);
}

TEST_CASE("redis marks: of two soft bumps the earlier one counts")
{
    const auto marks = marks_of({"20", "1", std::nullopt, std::nullopt, "0 9 3000", "0 8 2000"});
    CHECK(marks.judge(5, marks.tags).stale_since == 2'000);
}

TEST_CASE("redis marks: markers that nobody here wrote kill")
{
    for (const char* text : {"", "5", "5 6", "5 6 x", "a b c", "5 6 7 8", " 5 6", "-1 0 0"}) {
        CAPTURE(text);
        const auto marks = marks_of({"20", "1", std::nullopt, std::nullopt, text});
        CHECK(judged(marks, 20) == verdict::dead);
    }
    CHECK(judged(marks_of({"20", "1", "x", std::nullopt}), 20) == verdict::dead);
}

TEST_CASE("redis marks: the names of tags, groups and the rest never meet")
{
    std::set<std::string> all{"#", "m", "c"};
    for (const char* name : {"", "#", "m", "c", "g", "t", "tag"}) {
        all.insert(redis_marks::field_of_group(name));
        all.insert(redis_marks::field_of_tag(name));
    }
    CHECK(all.size() == 3 + 2 * 7);
}

TEST_CASE("redis marker cache: markers are right for one sequence only")
{
    redis_marker_cache cache;
    CHECK(!cache.known("s"));
    cache.keep("s", marks_of({"20", "1", std::nullopt, std::nullopt, "5 0 0"}), {"tag"});
    CHECK(cache.known("s") == 20);
    CHECK(cache.find("s", 20, {"tag"})->at(0).hard == 5);
    CHECK(!cache.find("s", 20, {"tag", "other"}));
    CHECK(!cache.find("s", 21, {"tag"}));
    CHECK(!cache.find("t", 20, {"tag"}));
    cache.saw("s", 21);
    CHECK(!cache.find("s", 20, {"tag"}));
    CHECK(!cache.find("s", 21, {"tag"}));
}

TEST_CASE("redis names: different keys, spaces and prefixes have different names")
{
    std::set<std::string> all;
    std::size_t made = 0;
    for (const char* prefix : {"p", "p:", "p:@s", "P", "p*"}) {
        const redis_names names(prefix);
        for (const char* space : {"s", "s*", "S"}) {
            all.insert(names.space(space));
            ++made;
            for (const char* id : {"", "id", "#", "#id", "i*"}) {
                all.insert(names.entry(storage_key(space, "g", id)));
                ++made;
            }
        }
    }
    CHECK(all.size() == made);
}

TEST_CASE("redis names: a name tells its key, unless it is short for it")
{
    const redis_names names("a:b");
    const storage_key key("s:t", "group", "i:d");
    CHECK(names.key_of(names.entry(key), "s:t") == key);
    CHECK(!names.key_of(names.entry(key), "s"
                                          "x"));
    CHECK(!names.key_of("stranger", "s:t"));
    CHECK(!redis_names::is_short_for(key));
    const storage_key long_one("s", "g", std::string(2'000, 'k'));
    CHECK(redis_names::is_short_for(long_one));
    CHECK(names.entry(long_one).size() < 100);
    CHECK(redis_names::key_from_text(long_one.text(), "s") == long_one);
}

TEST_CASE("redis names: in a pattern every byte stands for itself")
{
    CHECK(glob_escaped("a*b?[c]^-\\") == "a\\*b\\?\\[c\\]\\^\\-\\\\");
    CHECK(redis_names("p").pattern("s*") == "p:s\\*:*");
}

TEST_CASE("redis content: tags go there and back, and nothing else does")
{
    for (const std::vector<std::string>& tags :
         {std::vector<std::string>{}, {""}, {"a", "b"}, {"1:", ":", std::string("a\0b", 3)}})
        CHECK(tags_in(tags_text(tags)) == tags);
    for (const char* text : {"1", "2:a", ":a", "-1:a", "1:ab", "99999999999999999999:a"}) {
        CAPTURE(text);
        CHECK(!tags_in(text));
    }
}

TEST_CASE("redis content: versions as text compare as numbers do")
{
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const std::vector<std::uint64_t> rising{0, 9, 10, 1ull << 63, most - 1, most};
    for (std::size_t i = 1; i < rising.size(); ++i)
        CHECK(version_text(rising[i - 1]) < version_text(rising[i]));
    CHECK(version_text(std::nullopt).empty());
}

TEST_CASE("redis content: the longest times stay within the numbers of a script")
{
    using std::chrono::milliseconds;
    const milliseconds huge(std::numeric_limits<std::int64_t>::max() / 2);
    CHECK(lifetime_number(coffer::never) == -1);
    CHECK(lifetime_number(coffer::ttl(huge)) < redis_never / 2);
    CHECK(grace_number(huge) < redis_never / 2);
    CHECK(grace_number(milliseconds(-5)) == 0);
    CHECK_THROWS_AS(lifetime_number(coffer::ttl::inherit()), std::invalid_argument);
}

TEST_CASE("redis content: what is not complete is none")
{
    const coffer::envelope plain;
    const storage_key key("s", "g", "k");
    const redis_fields good{"5", "1000", "2000", "3000", "1000", "1000", "42", std::nullopt};
    auto counter = good;
    const auto read = redis_content::read(counter, 0, key, plain);
    REQUIRE(read);
    CHECK(read->captured == 5);
    for (std::size_t i = 0; i < good.size(); ++i) {
        CAPTURE(i);
        auto damaged = good;
        damaged[i] = "x";
        if (i != 7) // a counter has no envelope
            CHECK(!redis_content::read(damaged, 0, key, plain));
        damaged[i] = std::nullopt;
        if (i != 7)
            CHECK(!redis_content::read(damaged, 0, key, plain));
    }
    auto shorter = good;
    shorter.pop_back();
    CHECK(!redis_content::read(shorter, 0, key, plain));
}
