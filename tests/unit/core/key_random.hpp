// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "key_types.hpp"

#include <chrono>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace key_random {

using engine = std::mt19937_64;

inline std::size_t below(engine& random, std::size_t bound)
{
    return random() % bound;
}

template <class T, std::size_t N>
const T& one_of(engine& random, const T (&all)[N])
{
    return all[below(random, N)];
}

/// Makes values from small sets that are likely to meet if anything can: many pairs are equal, and
/// many differ in the least bit, in a sign, or look like pieces of an encoded key.
template <class T>
struct maker;

template <class T>
T make(engine& random)
{
    return maker<T>::make(random);
}

template <std::integral T>
struct maker<T> {
    static T make(engine& random)
    {
        using limits = std::numeric_limits<T>;
        const T some[] = {0,
                          1,
                          2,
                          10,
                          11,
                          12,
                          111,
                          static_cast<T>(-1),
                          static_cast<T>(-2),
                          limits::min(),
                          limits::max()};
        return one_of(random, some);
    }
};

template <>
struct maker<bool> {
    static bool make(engine& random) { return random() % 2 == 0; }
};

template <class T>
    requires std::is_enum_v<T>
struct maker<T> {
    static T make(engine& random) { return static_cast<T>(random() % 4); }
};

template <std::floating_point T>
struct maker<T> {
    static T make(engine& random)
    {
        using limits = std::numeric_limits<T>;
        const T some[] = {T(0),
                          T(-0.0),
                          T(1),
                          T(-1),
                          T(-2),
                          T(0.1),
                          T(2) / 3,
                          limits::quiet_NaN(),
                          -limits::quiet_NaN(),
                          limits::infinity(),
                          -limits::infinity(),
                          limits::denorm_min(),
                          limits::max(),
                          limits::epsilon()};
        return one_of(random, some);
    }
};

template <>
struct maker<std::string> {
    static std::string make(engine& random)
    {
        using namespace std::string_view_literals;
        static constexpr std::string_view pieces[] = {
            "a"sv,  "b"sv,  ":"sv,   "@"sv,    "%"sv,   "%3A"sv,    "."sv,  "O"sv, "\0"sv, "\xff"sv,
            "i1"sv, "L2"sv, "s1."sv, "s1.a"sv, "s0."sv, "astr:b"sv, "T1"sv, "j"sv, "1"sv,  "i-1"sv};
        std::string text;
        for (std::size_t left = below(random, 4); left > 0; --left)
            text += one_of(random, pieces);
        return text;
    }
};

template <>
struct maker<std::filesystem::path> {
    static std::filesystem::path make(engine& random)
    {
        return key_random::make<std::string>(random);
    }
};

template <>
struct maker<std::monostate> {
    static std::monostate make(engine&) { return {}; }
};

template <class Rep, class Period>
struct maker<std::chrono::duration<Rep, Period>> {
    static std::chrono::duration<Rep, Period> make(engine& random)
    {
        return std::chrono::duration<Rep, Period>(key_random::make<Rep>(random));
    }
};

template <class Clock, class Duration>
struct maker<std::chrono::time_point<Clock, Duration>> {
    static std::chrono::time_point<Clock, Duration> make(engine& random)
    {
        return std::chrono::time_point<Clock, Duration>(key_random::make<Duration>(random));
    }
};

template <class T>
struct maker<std::optional<T>> {
    static std::optional<T> make(engine& random)
    {
        if (below(random, 3) == 0)
            return std::nullopt;
        return key_random::make<T>(random);
    }
};

template <class... T>
struct maker<std::tuple<T...>> {
    // Braces: the elements are made from left to right with every compiler.
    static std::tuple<T...> make(engine& random)
    {
        return std::tuple<T...>{key_random::make<T>(random)...};
    }
};

template <class A, class B>
struct maker<std::pair<A, B>> {
    static std::pair<A, B> make(engine& random)
    {
        A first = key_random::make<A>(random);
        return {std::move(first), key_random::make<B>(random)};
    }
};

template <class... T>
struct maker<std::variant<T...>> {
    static std::variant<T...> make(engine& random)
    {
        return make_case(random, below(random, sizeof...(T)), std::index_sequence_for<T...>());
    }

    template <std::size_t... I>
    static std::variant<T...> make_case(engine& random, std::size_t which,
                                        std::index_sequence<I...>)
    {
        std::variant<T...> value;
        ((I == which ? void(value.template emplace<I>(key_random::make<T>(random))) : void()), ...);
        return value;
    }
};

template <class T>
struct maker<std::vector<T>> {
    static std::vector<T> make(engine& random)
    {
        std::vector<T> values;
        for (std::size_t left = below(random, 4); left > 0; --left)
            values.push_back(key_random::make<T>(random));
        return values;
    }
};

template <class Container>
struct container_maker {
    static Container make(engine& random)
    {
        Container values;
        for (std::size_t left = below(random, 4); left > 0; --left)
            values.insert(make_member(random));
        return values;
    }

    static auto make_member(engine& random)
    {
        using key = typename Container::key_type;
        if constexpr (requires { typename Container::mapped_type; })
            return key_random::make<std::pair<key, typename Container::mapped_type>>(random);
        else
            return key_random::make<key>(random);
    }
};

template <class T>
struct maker<std::set<T>> : container_maker<std::set<T>> {};
template <class T>
struct maker<std::unordered_set<T>> : container_maker<std::unordered_set<T>> {};
template <class K, class V>
struct maker<std::map<K, V>> : container_maker<std::map<K, V>> {};
template <class K, class V>
struct maker<std::unordered_map<K, V>> : container_maker<std::unordered_map<K, V>> {};

template <>
struct maker<sku> {
    static sku make(engine& random)
    {
        auto [vendor, number] = key_random::make<std::pair<std::string, int>>(random);
        return {std::move(vendor), number};
    }
};

template <>
struct maker<part> {
    static part make(engine& random)
    {
        auto [vendor, number] = key_random::make<std::pair<std::string, int>>(random);
        return {std::move(vendor), number};
    }
};

} // namespace key_random
