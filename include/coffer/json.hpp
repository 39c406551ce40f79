// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/json_codec.hpp>
#include <coffer/core/detail/json_key.hpp>

/// \file
/// Lets values and keys be of any type that has nlohmann's `to_json` and `from_json`.
///
/// Include it where the type is first used as a value or an argument of a cached function, and
/// include it everywhere that function is used.
///
/// **Values** (`coffer::codec`): a class with `to_json` and `from_json` (or an `adl_serializer`, or
/// the `NLOHMANN_DEFINE_TYPE_…` macros), the standard's containers, pairs and tuples of such
/// classes, texts and numbers, and `nlohmann::json` itself. They are stored as CBOR, or as JSON
/// text where `json_form_of` says so. `long double` does not fit into JSON, and is refused.
///
/// Bytes that do not fit make `decode` throw `errc::not_decodable`, whatever the parser or
/// `from_json` threw. A `from_json` reads members with `at()`: `operator[]` on a member that is
/// missing is undefined.
///
/// **Keys** (`coffer::key_encoder`): a class with `to_json`. Members of objects are sorted, numbers
/// keep their kind (`1` and `1.0` differ). Each look-up builds the JSON; name the members in a
/// `key_encoder` with `fields` where that matters.
///
/// Errors: JSON that is nested deeper than 128 levels throws `std::invalid_argument` when it is
/// written; what `to_json` throws passes through.
