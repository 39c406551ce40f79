// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/key_encoder.hpp>

#include <compare>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

// Types as users have them, for the tests of keys.

enum class color { red = 1, green = 2 };
enum class negative : signed char { below = -7, zero = 0 };

struct sku {
    std::string vendor;
    int number = 0;
    auto operator<=>(const sku&) const = default;
};

struct part {
    std::string vendor;
    int number = 0;
    auto operator<=>(const part&) const = default;
};

/// Text that counts without case.
struct folded : std::string {
    using std::string::string;
};

/// A range whose elements are not all there is to it.
template <class T>
struct matrix : std::vector<T> {
    matrix(int with_rows, std::vector<T> cells) : std::vector<T>(std::move(cells)), rows(with_rows)
    {}
    int rows;
};

template <>
struct coffer::key_encoder<sku> {
    static void encode(key_writer& to, const sku& s) { to.add(s.vendor, s.number); }
};

template <>
struct coffer::key_encoder<part> {
    static auto fields(const part& p) { return std::tie(p.vendor, p.number); }
};

template <>
struct coffer::key_encoder<folded> {
    static void encode(key_writer& to, const folded& text)
    {
        std::string lower;
        for (const char c : text)
            lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        to.add(lower);
    }
};

template <class T>
struct coffer::key_encoder<matrix<T>> {
    static auto fields(const matrix<T>& m)
    {
        return std::tuple<int, const std::vector<T>&>(m.rows, m);
    }
};

/// A variant that lost its value to an exception.
inline std::variant<int, sku> valueless()
{
    struct thrower {
        operator sku() const { throw 1; }
    };
    std::variant<int, sku> value;
    try {
        value.emplace<1>(thrower());
    } catch (int) {
    }
    return value;
}
