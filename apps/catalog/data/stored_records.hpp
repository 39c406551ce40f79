// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data/records.hpp"

#include <coffer/json.hpp>

// How a storage keeps the records; what clients get is in `json.hpp`.
namespace catalog {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(language, code, name, inverted_name, common_name, alpha_2,
                                   bibliographic, scope, type, revision)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(language_hit, code, name, revision)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(country, code, alpha_3, numeric, name, official_name,
                                   common_name, flag)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(subdivision, code, country, name, type, parent, revision)

} // namespace catalog
