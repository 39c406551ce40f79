// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

// Codes as clients write them, brought into the one form that keys and tables have.
// Errors: `http_error` 400 for what can be no such code, so that it never becomes a key of a cache.
namespace catalog {

/// `DEU` and `deu` are `deu`.
std::string language_code(const std::string& written);
/// `ad` and `AD` are `AD`.
std::string country_code(const std::string& written);
/// `ad-02` and `AD-02` are `AD-02`.
std::string subdivision_code(const std::string& written);
/// What is searched for: without spaces around it, in lower case as far as ASCII goes.
std::string search_text(const std::string& written);

} // namespace catalog
