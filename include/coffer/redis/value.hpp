// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/error_reply.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace coffer::redis {

/// Any reply, with all that is in it: for commands whose answer has no one type.
///
/// A map keeps its order and its duplicates. Decode into it with `decode<redis::value>`.
class value {
public:
    struct null {
        bool operator==(const null&) const = default;
    };
    struct big_number {
        std::string digits;
        bool operator==(const big_number&) const = default;
    };
    struct verbatim {
        std::string format;
        std::string text;
        bool operator==(const verbatim&) const = default;
    };
    struct array {
        std::vector<value> items;
        bool operator==(const array& other) const;
    };
    struct set {
        std::vector<value> items;
        bool operator==(const set& other) const;
    };
    struct map {
        std::vector<std::pair<value, value>> items;
        bool operator==(const map& other) const;
    };
    using variant = std::variant<null, std::string, std::int64_t, double, bool, error_reply,
                                 big_number, verbatim, array, set, map>;

    value() = default;
    explicit value(variant holds) : holds_(std::move(holds)) {}

    template <class T>
    bool is() const noexcept
    {
        return std::holds_alternative<T>(holds_);
    }
    /// Throws `std::bad_variant_access` if it holds something else.
    template <class T>
    const T& as() const
    {
        return std::get<T>(holds_);
    }
    const variant& get() const noexcept { return holds_; }
    variant& get() noexcept { return holds_; }

    bool operator==(const value& other) const;

private:
    variant holds_;
};

} // namespace coffer::redis
