// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode_status.hpp>
#include <coffer/redis/detail/reply_cursor.hpp>
#include <coffer/redis/reply_view.hpp>
#include <coffer/redis/result.hpp>
#include <coffer/redis/value.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace coffer::redis {

/// The status OK, and nothing else.
struct ok {};

/// Specialise it to decode a type of your own:
///
///     template <>
///     struct coffer::redis::reply_decoder<point> {
///         static decode_status decode(const reply_view& reply, point& into);
///     };
template <class T>
struct reply_decoder;

namespace detail {

/// How a type is read: `read(token, cursor, into)` consumes the elements of `token`, if it has any,
/// unless it fails.
template <class T>
struct item_decoder;

decode_status text_of(const reply_token& item, std::string_view& into) noexcept;
decode_status integer_of(const reply_token& item, std::int64_t& into) noexcept;
decode_status unsigned_of(const reply_token& item, std::uint64_t& into) noexcept;
decode_status real_of(const reply_token& item, double& into) noexcept;
decode_status boolean_of(const reply_token& item, bool& into) noexcept;
/// The status for an item that is not what was wanted: the server's error, if it is one.
decode_status wrong_kind(const reply_token& item, const char* wanted) noexcept;

template <class T>
concept has_reply_decoder = requires(const reply_view& reply, T& into) {
    { reply_decoder<T>::decode(reply, into) } -> std::same_as<decode_status>;
};

template <class T>
struct is_pair_like : std::false_type {};
template <class A, class B>
struct is_pair_like<std::pair<A, B>> : std::true_type {};

template <class T>
concept growing_sequence = requires(T& list) {
    typename T::value_type;
    list.clear();
    list.emplace_back();
};
template <class T>
concept set_like = requires(T& set, typename T::key_type key) {
    requires !requires { typename T::mapped_type; };
    set.clear();
    set.insert(std::move(key));
};
template <class T>
concept map_like = requires(T& map, typename T::key_type key, typename T::mapped_type mapped) {
    map.clear();
    map.emplace(std::move(key), std::move(mapped));
};

inline bool is_list(reply_kind kind) noexcept
{
    return kind == reply_kind::array || kind == reply_kind::set || kind == reply_kind::push;
}

template <class T>
decode_status read_item(reply_cursor& body, T& into)
{
    const reply_token item = body.next();
    return item_decoder<T>::read(item, body, into);
}

template <>
struct item_decoder<std::string_view> {
    static decode_status read(const reply_token& item, reply_cursor&, std::string_view& into)
    {
        if (item.kind == reply_kind::bulk) [[likely]] {
            into = item.text;
            return {};
        }
        return text_of(item, into);
    }
};

template <class Traits, class Allocator>
struct item_decoder<std::basic_string<char, Traits, Allocator>> {
    static decode_status read(const reply_token& item, reply_cursor& body,
                              std::basic_string<char, Traits, Allocator>& into)
    {
        std::string_view text;
        const auto status = item_decoder<std::string_view>::read(item, body, text);
        if (status)
            into.assign(text.data(), text.size());
        return status;
    }
};

template <std::integral T>
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor&, T& into)
    {
        std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide = 0;
        decode_status status;
        if constexpr (std::is_signed_v<T>)
            status = integer_of(item, wide);
        else
            status = unsigned_of(item, wide);
        if (!status)
            return status;
        if (!std::in_range<T>(wide))
            return decode_status::out_of_range(item.kind, "an integer of this size");
        into = static_cast<T>(wide);
        return {};
    }
};

template <>
struct item_decoder<bool> {
    static decode_status read(const reply_token& item, reply_cursor&, bool& into)
    {
        return boolean_of(item, into);
    }
};

template <std::floating_point T>
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor&, T& into)
    {
        double wide = 0;
        const auto status = real_of(item, wide);
        if (status)
            into = static_cast<T>(wide);
        return status;
    }
};

template <>
struct item_decoder<ok> {
    static decode_status read(const reply_token& item, reply_cursor&, ok&)
    {
        if (item.kind == reply_kind::simple && item.text == "OK")
            return {};
        return wrong_kind(item, "the status OK");
    }
};

template <>
struct item_decoder<std::monostate> {
    static decode_status read(const reply_token& item, reply_cursor& body, std::monostate&)
    {
        if (item.kind == reply_kind::error)
            return decode_status::refused(item.text);
        body.skip(item.count);
        return {};
    }
};

template <>
struct item_decoder<reply_view> {
    static decode_status read(const reply_token& item, reply_cursor& body, reply_view& into)
    {
        into = whole_item(item, body);
        return {};
    }
};

template <>
struct item_decoder<value> {
    static decode_status read(const reply_token& item, reply_cursor& body, value& into);
};

template <class T>
struct item_decoder<std::optional<T>> {
    static decode_status read(const reply_token& item, reply_cursor& body, std::optional<T>& into)
    {
        if (item.kind == reply_kind::null) {
            into.reset();
            return {};
        }
        if (!into)
            into.emplace();
        return item_decoder<T>::read(item, body, *into);
    }
};

template <class T>
struct item_decoder<result<T>> {
    static decode_status read(const reply_token& item, reply_cursor& body, result<T>& into)
    {
        if (item.kind == reply_kind::error) {
            into = result<T>(boost::system::in_place_error, item.text);
            return {};
        }
        if constexpr (std::is_void_v<T>) {
            into = result<void>();
            body.skip(item.count);
            return {};
        } else {
            T plain{};
            const auto status = item_decoder<T>::read(item, body, plain);
            if (status)
                into = result<T>(boost::system::in_place_value, std::move(plain));
            return status;
        }
    }
};

/// Reads pairs one after the other: of a map, of a flat list, or as lists of two.
template <class Key, class Mapped, class Store>
decode_status read_pairs(const reply_token& item, reply_cursor& body, Store store)
{
    if (item.kind != reply_kind::map && !is_list(item.kind))
        return wrong_kind(item, "a map");
    for (std::size_t left = item.count; left > 0;) {
        reply_token first = body.next();
        if (const bool nested = is_list(first.kind) && item.kind != reply_kind::map; nested) {
            if (first.count != 2)
                return decode_status::mismatch(first.kind, "a list of two");
            first = body.next();
            left -= 1;
        } else if (left < 2) {
            return decode_status::mismatch(item.kind, "a list of keys and values");
        } else {
            left -= 2;
        }
        Key key{};
        Mapped mapped{};
        if (const auto status = item_decoder<Key>::read(first, body, key); !status)
            return status;
        if (const auto status = read_item(body, mapped); !status)
            return status;
        store(std::move(key), std::move(mapped));
    }
    return {};
}

template <growing_sequence T>
struct item_decoder<T> {
    using element = typename T::value_type;

    static decode_status read(const reply_token& item, reply_cursor& body, T& into)
    {
        if constexpr (is_pair_like<element>::value) {
            into.clear();
            return read_pairs<typename element::first_type, typename element::second_type>(
                item, body, [&](auto&& key, auto&& mapped) {
                    into.emplace_back(std::move(key), std::move(mapped));
                });
        } else {
            return read_list(item, body, into);
        }
    }

private:
    static decode_status read_list(const reply_token& item, reply_cursor& body, T& into)
    {
        if (!is_list(item.kind))
            return wrong_kind(item, "a list");
        resize(into, item.count);
        for (auto&& place : into) {
            if constexpr (std::is_same_v<decltype(place), element&>) {
                if (const auto status = read_item(body, place); !status)
                    return status;
            } else { // std::vector<bool>
                element one{};
                if (const auto status = read_item(body, one); !status)
                    return status;
                place = one;
            }
        }
        return {};
    }

    // Elements that are there keep their room. The count is that of elements which have arrived.
    static void resize(T& into, std::size_t count)
    {
        if constexpr (requires { into.resize(count); }) {
            into.resize(count);
        } else {
            into.clear();
            while (count-- > 0)
                into.emplace_back();
        }
    }
};

template <set_like T>
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor& body, T& into)
    {
        if (!is_list(item.kind))
            return wrong_kind(item, "a set");
        into.clear();
        for (std::size_t left = item.count; left > 0; --left) {
            typename T::key_type key{};
            if (const auto status = read_item(body, key); !status)
                return status;
            into.insert(std::move(key));
        }
        return {};
    }
};

template <map_like T>
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor& body, T& into)
    {
        into.clear();
        return read_pairs<typename T::key_type, typename T::mapped_type>(
            item, body,
            [&](auto&& key, auto&& mapped) { into.emplace(std::move(key), std::move(mapped)); });
    }
};

template <class T>
    requires requires { std::tuple_size<T>::value; }
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor& body, T& into)
    {
        constexpr std::size_t size = std::tuple_size_v<T>;
        if (!is_list(item.kind))
            return wrong_kind(item, "a list of fixed length");
        if (item.count != size)
            return decode_status::mismatch(item.kind, "a list of another length");
        decode_status status;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (void)((status = read_item(body, std::get<I>(into)), status.ok()) && ...);
        }(std::make_index_sequence<size>());
        return status;
    }
};

template <has_reply_decoder T>
struct item_decoder<T> {
    static decode_status read(const reply_token& item, reply_cursor& body, T& into)
    {
        return reply_decoder<T>::decode(whole_item(item, body), into);
    }
};

} // namespace detail
} // namespace coffer::redis
