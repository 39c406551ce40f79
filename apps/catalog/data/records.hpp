// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace catalog {

// What the ISO standards list. An empty text means that the standard does not say.

/// ISO 639-3.
struct language {
    std::string code; // three letters, lower case
    std::string name;
    std::string inverted_name;
    std::string common_name;
    std::string alpha_2;
    std::string bibliographic;
    std::string scope; // one letter: individual, macrolanguage, special
    std::string type;  // one letter: ancient, constructed, extinct, historical, living, special
    std::int64_t revision = 0; // how often it was written since it was imported

    bool operator==(const language&) const = default;
};

/// What a search for languages finds.
struct language_hit {
    std::string code;
    std::string name;
    std::int64_t revision = 0;

    bool operator==(const language_hit&) const = default;
};

/// What a client may change about a language; absent: as it was.
struct language_change {
    std::optional<std::string> name;
    std::optional<std::string> inverted_name;
    std::optional<std::string> common_name;
    std::optional<std::string> scope;
    std::optional<std::string> type;
};

/// ISO 3166-1.
struct country {
    std::string code; // two letters, upper case
    std::string alpha_3;
    std::string numeric;
    std::string name;
    std::string official_name;
    std::string common_name;
    std::string flag;

    bool operator==(const country&) const = default;
};

/// ISO 3166-2.
struct subdivision {
    std::string code;    // AD-02
    std::string country; // AD
    std::string name;
    std::string type;   // Parish
    std::string parent; // the code of another one
    std::int64_t revision = 0;

    bool operator==(const subdivision&) const = default;
};

struct iso_codes {
    std::vector<language> languages;
    std::vector<country> countries;
    std::vector<subdivision> subdivisions;
};

} // namespace catalog
