// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/db/detail/sqlite_part.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace coffer::sqlite {

/// Bytes that are no text. SQLite keeps the two apart.
class blob {
public:
    blob() = default;
    explicit blob(std::string content) noexcept : bytes(std::move(content)) {}

    friend bool operator==(const blob&, const blob&) = default;

    std::string bytes;
};

/// One SQLite value: NULL, an integer, a real, a text or a blob.
///
/// It converts from every argument that a statement may be given: `bool`, integers and enums of up
/// to 64 bits, floating point, text, `blob`, `std::nullopt` and `std::optional` of these.
///
/// Errors: `std::invalid_argument` for an unsigned integer beyond 2^63 - 1, which SQLite has not.
class value {
public:
    using null = std::monostate;
    using variant = std::variant<null, std::int64_t, double, std::string, blob>;

    value() = default; // NULL
    value(std::nullopt_t) noexcept {}
    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    value(T number) : held_(whole(number))
    {}
    template <std::floating_point T>
    value(T number) : held_(static_cast<double>(number))
    {}
    value(std::string text) : held_(std::move(text)) {}
    value(std::string_view text) : held_(std::string(text)) {}
    value(const char* text) : held_(std::string(text)) {}
    value(blob bytes) : held_(std::move(bytes)) {}
    template <class T>
    value(std::optional<T> maybe)
    {
        if (maybe)
            *this = value(*std::move(maybe));
    }

    bool is_null() const noexcept { return std::holds_alternative<null>(held_); }
    const variant& held() const noexcept { return held_; }
    variant& held() noexcept { return held_; }

    friend bool operator==(const value&, const value&) = default;

private:
    template <class T>
    static std::int64_t whole(T number)
    {
        if constexpr (std::is_enum_v<T>) {
            return whole(static_cast<std::underlying_type_t<T>>(number));
        } else {
            if (!std::in_range<std::int64_t>(static_cast<widened<T>>(number)))
                throw std::invalid_argument(
                    "coffer: SQLite has no integer beyond 2^63 - 1; give it "
                    "as text or as a blob");
            return static_cast<std::int64_t>(number);
        }
    }

    // `std::in_range` takes neither bool nor character types.
    template <class T>
    using widened = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;

    variant held_;
};

/// The arguments of a statement, or the cells of a result.
using values = std::vector<value>;

/// The name of the kind of a value, as SQLite's `typeof` says it.
const char* kind_of(const value& v) noexcept;

} // namespace coffer::sqlite
