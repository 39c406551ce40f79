// SPDX-License-Identifier: BSL-1.0
#include "codes.hpp"

#include "http/message.hpp"

#include <algorithm>

namespace catalog {
namespace {

// Not <cctype>: these mean ASCII in every locale.
bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::string lowered(std::string text)
{
    for (char& c : text)
        if (is_upper(c))
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string raised(std::string text)
{
    for (char& c : text)
        if (is_lower(c))
            c = static_cast<char>(c - 'a' + 'A');
    return text;
}

} // namespace

std::string language_code(const std::string& written)
{
    auto code = lowered(written);
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), is_lower))
        throw http_error(400, "a language code is three letters, as in /languages/deu");
    return code;
}

std::string country_code(const std::string& written)
{
    auto code = raised(written);
    if (code.size() != 2 || !std::all_of(code.begin(), code.end(), is_upper))
        throw http_error(400, "a country code is two letters, as in /countries/AD");
    return code;
}

std::string subdivision_code(const std::string& written)
{
    auto code = raised(written);
    const auto in_code = [](char c) { return is_upper(c) || is_digit(c); };
    const bool fits = code.size() >= 4 && code.size() <= 6 && is_upper(code[0]) &&
                      is_upper(code[1]) && code[2] == '-' &&
                      std::all_of(code.begin() + 3, code.end(), in_code);
    if (!fits)
        throw http_error(400, "a subdivision code looks like AD-02");
    return code;
}

std::string search_text(const std::string& written)
{
    const auto from = written.find_first_not_of(' ');
    if (from == written.npos)
        throw http_error(400, "what to search for is missing: /languages?q=german");
    auto text = lowered(written.substr(from, written.find_last_not_of(' ') + 1 - from));
    if (text.size() > 64)
        throw http_error(400, "\"q\" is longer than 64 bytes");
    return text;
}

} // namespace catalog
