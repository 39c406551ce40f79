// SPDX-License-Identifier: BSL-1.0
#include "fuzz/json_codec_harness.hpp"

#include "json_paths.hpp"
#include "support/files.hpp"

#include <doctest/doctest.h>

#include <random>

using support::content;
namespace files = std::filesystem;

TEST_CASE("json codec: the fuzzer's corpus holds what must hold for any bytes")
{
    int seen = 0;
    for (const auto& file : files::directory_iterator(COFFER_JSON_CORPUS)) {
        CAPTURE(file.path().filename().string());
        fuzz::json_codec(content(file.path()));
        ++seen;
    }
    CHECK(seen >= 50);
}

TEST_CASE("json codec: damaged values hold what must hold for any bytes")
{
    constexpr std::uint64_t seed = 6;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const std::string pages[] = {content(files::path(COFFER_JSON_CORPUS) / "cbor_page"),
                                 content(files::path(COFFER_JSON_CORPUS) / "text_page")};
    for (int i = 0; i < 300; ++i) {
        std::string bytes = pages[i % 2];
        for (auto left = random() % 3; left < 3; ++left)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        fuzz::json_codec(bytes);
    }
}

TEST_CASE("json codec: the corpus decodes where it should")
{
    const auto reads = [](auto type, const char* name) {
        return fuzz::read_json<decltype(type)>(content(files::path(COFFER_JSON_CORPUS) / name));
    };
    CHECK(reads(fuzz::page(), "cbor_page"));
    CHECK(reads(fuzz::text_page(), "text_page"));
    CHECK(reads(nlohmann::json(), "cbor_everything"));
    CHECK(reads(nlohmann::json(), "cbor_subtype"));
    CHECK(reads(nlohmann::json(), "cbor_deep_128"));
    CHECK_FALSE(reads(nlohmann::json(), "cbor_deep_129"));
    CHECK(reads(fuzz::any_text(), "text_everything"));
    CHECK(reads(fuzz::any_text(), "text_deep_128"));
    CHECK(reads(fuzz::any_text(), "text_brackets_in_string"));
    CHECK_FALSE(reads(fuzz::any_text(), "text_deep_129"));
    CHECK_FALSE(reads(fuzz::any_text(), "text_huge_number"));
}
