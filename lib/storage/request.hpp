// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/storage/operation.hpp>
#include <coffer/storage/storage.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace coffer::detail {

/// One call of a storage as a value: which operation, and its arguments. It can be looked into,
/// copied, and sent to any storage.
template <storage_operation Operation, auto Member>
class request;

template <storage_operation Operation, class T, class... Arguments,
          asio::awaitable<T> (storage::*Member)(Arguments...)>
class request<Operation, Member> {
public:
    using result = T;
    static constexpr storage_operation operation = Operation;

    explicit request(Arguments... with) : arguments(std::move(with)...) {}

    /// Starts it; the arguments are gone then.
    asio::awaitable<T> send(storage& to) &&
    {
        return std::apply([&](auto&... one) { return (to.*Member)(std::move(one)...); }, arguments);
    }

    template <std::size_t I>
    auto& get() noexcept
    {
        return std::get<I>(arguments);
    }

    std::tuple<Arguments...> arguments;
};

/// Calls `visit` for every key that the request names.
template <class Request>
void each_key(const Request& of, const auto& visit)
{
    const auto look = [&](const auto& argument) {
        using type = std::decay_t<decltype(argument)>;
        if constexpr (std::is_same_v<type, storage_key>)
            visit(argument);
        else if constexpr (std::is_same_v<type, std::vector<storage_key>>)
            for (const storage_key& key : argument)
                visit(key);
    };
    std::apply([&](const auto&... one) { (look(one), ...); }, of.arguments);
}

} // namespace coffer::detail
