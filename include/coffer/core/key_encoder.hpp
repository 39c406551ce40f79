// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/encode_item.hpp>
#include <coffer/core/detail/key_shape.hpp>
#include <coffer/core/key_writer.hpp>
#include <coffer/core/unkeyed.hpp>

#include <string>
#include <type_traits>

namespace coffer {

/// How a type of yours becomes part of a key. Specialise it in one of two forms.
///
/// With `fields`, the members that make the key are named, and coffer encodes, hashes and compares
/// them one by one. A hit in the near tier then needs no allocation:
///
///     template <> struct coffer::key_encoder<sku> {
///         static auto fields(const sku& s) { return std::tie(s.vendor, s.number); }
///     };
///
/// With `encode`, anything can be written. Hashing and comparing go over the written bytes:
///
///     template <> struct coffer::key_encoder<sku> {
///         static void encode(coffer::key_writer& to, const sku& s) { to.add(s.vendor, s.number); }
///     };
///
/// Two values must write the same if and only if they are the same argument. The specialisation
/// must be visible where the type is first used as an argument, and goes before what is built in.
///
/// Built in: arithmetic, enum, `std::string`, `std::string_view`, C strings, optional, pair, tuple,
/// variant, array, span, the standard's sequence, ordered and unordered containers, chrono
/// durations, time points and `year_month_day`, `std::filesystem::path`, `std::monostate`,
/// `std::nullopt`, `unkeyed`; and what has nlohmann's `to_json`, after `#include
/// <coffer/json.hpp>`.
///
/// The rules:
/// - Numbers count by value, whatever their width: `5`, `5u` and `5L` are the same, `-1` and
///   `4294967295u` are not. An enum, a character and a bool are not integers.
/// - `float`, `double` and `long double` are the same where their values are exactly the same.
///   `-0.0` is `0.0`, and all NaNs are one.
/// - An empty optional, an optional that holds an empty one, and an empty value all differ.
/// - Sequences of one length and the same elements are the same, whatever container holds them;
///   sets and maps do not depend on their order.
/// - A duration is its count together with its period: `1s` and `1000ms` differ. A time point is
///   the duration since its clock's epoch; its clock is not part of it.
/// - A path counts as it is written, without being normalised.
/// - Pointers are refused.
///
/// The grammar, in which no encoded list of arguments is another one (`n` decimal, no padding):
///
///     list    = *item                          of arguments; unkeyed ones write nothing
///     item    = "i" n | "c" n | "e" n          integer, character, enum; n may be negative
///             | "t" | "f"                      bool
///             | "d" 16hex                      IEEE 754 double
///             | "D" ("+"|"-") "." n "." 32hex  a long double that is no double
///             | "s" n "." bytes                text      | "y" n "." bytes     bytes
///             | "p" n "." bytes                path
///             | "n" | "j" item                 optional: nothing, just this
///             | "u"                            std::monostate; an unkeyed inside of another item
///             | "T" n *item | "L" n *item      pair or tuple, sequence: n items
///             | "S" n *item | "M" n *(item item)  in the order of the members' bytes
///             | "v" n item | "v-"              variant: index, value; valueless
///             | "h" n "." n item               duration: period, count
///             | "a" item                       time point
///             | "g" n "." n "." n              year, month, day
///             | "O" *item "."                  a type with a key_encoder
template <class T>
struct key_encoder;

/// A type that can be an argument of a cached function.
template <class T>
concept key_encodable = detail::encodable<std::remove_cvref_t<T>>();

/// The canonical bytes of an argument list; different lists never have the same ones.
///
/// Errors: `std::invalid_argument` for a null `const char*`, and what a user's encoder throws.
template <class... Args>
std::string encode_key(const Args&... args)
{
    std::string out;
    (detail::encode_argument(out, args), ...);
    return out;
}

template <class... Values>
key_writer& key_writer::add(const Values&... values)
{
    (detail::encode_argument(*to_, values), ...);
    return *this;
}

} // namespace coffer
