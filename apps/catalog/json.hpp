// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Records as clients see them, and what they send.
namespace catalog {

class route;
struct statistics;

std::string json_text(const language& one);
std::string json_text(const std::vector<language_hit>& found);
std::string json_text(const country& one);
std::string json_text(const subdivision& one);
std::string json_text(const std::vector<subdivision>& all);
std::string json_text(const std::vector<route>& routes);
std::string json_text(const statistics& all);

/// Errors: `http_error` 400 that says what is wrong with the body.
language_change read_language_change(std::string_view body);
/// The new name. Errors: as `read_language_change`.
std::string read_subdivision_name(std::string_view body);

// What the demo and the tests read of answers. Errors: `std::runtime_error`.

/// The number at `path`, e.g. `/revision`, of a JSON text.
std::int64_t json_number(std::string_view text, const std::string& path);
/// The string at `path`.
std::string json_string(std::string_view text, const std::string& path);

} // namespace catalog
