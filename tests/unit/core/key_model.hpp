// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "key_types.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <compare>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

namespace key_model {

/// What a key means, as a tree: written down here a second time and in the simplest way, from the
/// rules in `key_encoder.hpp`.
struct node {
    std::string what;
    std::vector<node> parts;

    friend bool operator==(const node&, const node&) = default;
    friend bool operator<(const node& a, const node& b)
    {
        return a.what != b.what ? a.what < b.what : a.parts < b.parts;
    }
};

inline std::string number_text(double value)
{
    if (std::isnan(value))
        return "float nan";
    char text[64];
    std::snprintf(text, sizeof text, "float %a", value == 0 ? 0.0 : value);
    return text;
}

inline node sorted(std::string what, std::vector<node> parts)
{
    std::sort(parts.begin(), parts.end());
    return {std::move(what), std::move(parts)};
}

template <class T>
concept number = std::is_integral_v<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

inline node of(bool value)
{
    return {value ? "true" : "false", {}};
}
inline node of(char value)
{
    return {"char " + std::to_string(static_cast<unsigned char>(value)), {}};
}
template <number T>
node of(T value)
{
    return {"int " + std::to_string(value), {}};
}
template <class T>
    requires std::is_enum_v<T>
node of(T value)
{
    return {"enum " + std::to_string(static_cast<long>(value)), {}};
}
inline node of(double value)
{
    return {number_text(value), {}};
}
inline node of(float value)
{
    return {number_text(value), {}};
}
inline node of(const std::string& text)
{
    return {"text " + text, {}};
}
inline node of(const std::filesystem::path& path)
{
    return {"path " + path.string(), {}};
}
inline node of(std::monostate)
{
    return {"unit", {}};
}

// Declared before they are used by each other: the types are all of namespace std.
template <class... T>
node of(const std::tuple<T...>& value);
template <class A, class B>
node of(const std::pair<A, B>& value);
template <class T>
node of(const std::optional<T>& value);
template <class... T>
node of(const std::variant<T...>& value);
template <class T>
node of(const std::vector<T>& values);
inline node of(const std::vector<unsigned char>& bytes);
template <class T>
node of(const std::set<T>& values);
template <class T>
node of(const std::unordered_set<T>& values);
template <class K, class V>
node of(const std::map<K, V>& values);
template <class K, class V>
node of(const std::unordered_map<K, V>& values);
inline node of(std::chrono::milliseconds value);
inline node of(std::chrono::sys_seconds value);
inline node of(const sku& value);
inline node of(const part& value);

template <class... T>
node of(const std::tuple<T...>& value)
{
    node out{"tuple", {}};
    std::apply([&](const auto&... item) { (out.parts.push_back(of(item)), ...); }, value);
    return out;
}

template <class A, class B>
node of(const std::pair<A, B>& value)
{
    return {"tuple", {of(value.first), of(value.second)}};
}

template <class T>
node of(const std::optional<T>& value)
{
    return value ? node{"just", {of(*value)}} : node{"nothing", {}};
}

template <class... T>
node of(const std::variant<T...>& value)
{
    return {"case " + std::to_string(value.index()),
            {std::visit([](const auto& held) { return of(held); }, value)}};
}

template <class T>
node of(const std::vector<T>& values)
{
    node out{"list", {}};
    for (const T& value : values)
        out.parts.push_back(of(value));
    return out;
}

inline node of(const std::vector<unsigned char>& bytes)
{
    return {"bytes " + std::string(bytes.begin(), bytes.end()), {}};
}

template <class Range>
node of_set(const Range& values)
{
    std::vector<node> parts;
    for (const auto& value : values)
        parts.push_back(of(value));
    return sorted("set", std::move(parts));
}

template <class Range>
node of_map(const Range& values)
{
    std::vector<node> parts;
    for (const auto& [key, value] : values)
        parts.push_back({"entry", {of(key), of(value)}});
    return sorted("map", std::move(parts));
}

template <class T>
node of(const std::set<T>& values)
{
    return of_set(values);
}
template <class T>
node of(const std::unordered_set<T>& values)
{
    return of_set(values);
}
template <class K, class V>
node of(const std::map<K, V>& values)
{
    return of_map(values);
}
template <class K, class V>
node of(const std::unordered_map<K, V>& values)
{
    return of_map(values);
}

inline node of(std::chrono::milliseconds value)
{
    return {"time 1/1000", {of(value.count())}};
}
inline node of(std::chrono::sys_seconds value)
{
    return {"moment", {{"time 1/1", {of(value.time_since_epoch().count())}}}};
}
inline node of(const sku& value)
{
    return {"object", {of(value.vendor), of(value.number)}};
}
inline node of(const part& value)
{
    return {"object", {of(value.vendor), of(value.number)}};
}

/// The meaning of an argument list.
template <class... Args>
std::vector<node> of_arguments(const std::tuple<Args...>& arguments)
{
    return of(arguments).parts;
}

/// Reads an encoded key by its grammar. As it finds the meaning of every key, no two of different
/// meaning have the same bytes.
class reader {
public:
    explicit reader(std::string_view bytes) : rest_(bytes) {}

    std::vector<node> read_all()
    {
        std::vector<node> items;
        while (!rest_.empty())
            items.push_back(read());
        return items;
    }

private:
    node read()
    {
        const char tag = take(1)[0];
        switch (tag) {
        case 'i':
            return {"int " + digits(), {}};
        case 'c':
            return {"char " + digits(), {}};
        case 'e':
            return {"enum " + digits(), {}};
        case 't':
            return {"true", {}};
        case 'f':
            return {"false", {}};
        case 'd':
            return {number_text(double_bits()), {}};
        case 's':
            return {"text " + framed(), {}};
        case 'y':
            return {"bytes " + framed(), {}};
        case 'p':
            return {"path " + framed(), {}};
        case 'n':
            return {"nothing", {}};
        case 'j':
            return {"just", {read()}};
        case 'u':
            return {"unit", {}};
        case 'a':
            return {"moment", {read()}};
        default:
            return read_compound(tag);
        }
    }

    node read_compound(char tag)
    {
        switch (tag) {
        case 'T':
            return {"tuple", read_many(count())};
        case 'L':
            return {"list", read_many(count())};
        case 'S':
            return sorted("set", read_many(count()));
        case 'M':
            return read_map();
        case 'v': {
            const std::string index = digits();
            return {"case " + index, {read()}};
        }
        case 'h':
            return read_duration();
        case 'O':
            return read_object();
        default:
            throw std::runtime_error(std::string("no word begins with ") + tag);
        }
    }

    std::vector<node> read_many(std::size_t how_many)
    {
        std::vector<node> items;
        for (; how_many > 0; --how_many)
            items.push_back(read());
        return items;
    }

    node read_map()
    {
        std::vector<node> entries;
        for (std::size_t left = count(); left > 0; --left)
            entries.push_back({"entry", read_many(2)});
        return sorted("map", std::move(entries));
    }

    node read_duration()
    {
        const std::string top = digits();
        expect('.');
        const std::string bottom = digits();
        return {"time " + top + '/' + bottom, {read()}};
    }

    node read_object()
    {
        std::vector<node> items;
        while (!rest_.starts_with('.'))
            items.push_back(read());
        expect('.');
        return {"object", std::move(items)};
    }

    std::string framed()
    {
        const std::size_t size = count();
        expect('.');
        return std::string(take(size));
    }

    double double_bits()
    {
        const std::string_view hex = take(16);
        std::uint64_t bits = 0;
        std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
        return std::bit_cast<double>(bits);
    }

    std::size_t count() { return std::stoul(digits()); }

    std::string digits()
    {
        std::size_t size = rest_.starts_with('-') ? 1 : 0;
        while (size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9')
            ++size;
        return std::string(take(size));
    }

    void expect(char mark)
    {
        if (take(1)[0] != mark)
            throw std::runtime_error(std::string("missing ") + mark);
    }

    std::string_view take(std::size_t size)
    {
        if (size > rest_.size())
            throw std::runtime_error("the key ends too early");
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::string_view rest_;
};

} // namespace key_model
