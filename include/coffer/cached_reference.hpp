// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coffer {

namespace detail {

template <class T>
concept closes_awaitably = requires(T& object) {
    { object.close() } -> awaitable_type;
};
template <class T>
concept closes = requires(T& object) { object.close(); };

template <class T>
asio::awaitable<void> close_object(std::shared_ptr<T> object)
{
    if constexpr (closes_awaitably<T>) {
        auto closing = object->close();
        co_await std::move(closing);
    } else if constexpr (closes<T>) {
        object->close();
    }
    co_return;
}

template <class T, class F, class... Args>
asio::awaitable<std::shared_ptr<T>> make_object(F make, Args... args)
{
    auto making = make(std::forward<Args>(args)...);
    auto made = co_await std::move(making);
    if constexpr (std::convertible_to<decltype(made), std::shared_ptr<T>>)
        co_return std::shared_ptr<T>(std::move(made));
    else
        co_return std::make_shared<T>(std::move(made));
}

template <class T>
struct pointee {
    using type = T;
};
template <class T>
struct pointee<std::shared_ptr<T>> {
    using type = T;
};
template <class T, class D>
struct pointee<std::unique_ptr<T, D>> {
    using type = T;
};

} // namespace detail

template <class Signature>
class reference_function;

/// One live object per argument list: clients, pools, sessions. Made by `cached_reference`.
///
/// Objects are made once, by one call at a time for each argument list, and stay until `drop`,
/// `clear` or `close`; nothing evicts them.
///
/// A handle: copies share the objects. Threads: all members may be called from any thread.
template <class T, class... Args>
class reference_function<T(Args...)> {
    using pointer = std::shared_ptr<T>;

public:
    /// For `cached_reference`.
    explicit reference_function(cached_function<pointer(Args...)> objects)
        : objects_(std::move(objects))
    {}

    /// The object, made on the first call. Errors: what the maker throws, which is not remembered.
    auto operator()(const Args&... args) const { return objects_(args...); }

    /// All objects there are at the moment.
    std::vector<pointer> references() const { return objects_.near_values(); }

    /// Forgets one object, without closing it: who holds it may go on.
    asio::awaitable<void> drop(const Args&... args) const { return objects_.invalidate(args...); }

    /// Refuses further calls with `errc::closed` and closes each object, by its `close()` if it has
    /// one, awaited if that can be. Idempotent.
    ///
    /// Errors: every object is closed also if others fail; the first failure is thrown at the end.
    asio::awaitable<void> close() const { return close_all(objects_); }

private:
    static asio::awaitable<void> close_all(cached_function<pointer(Args...)> objects)
    {
        std::exception_ptr first;
        try {
            auto waiting = objects.close();
            co_await std::move(waiting);
        } catch (const boost::system::system_error& e) {
            if (e.code() != errc::load_timeout)
                throw;
            first = std::current_exception(); // what those make, nobody gets
        }
        auto all = objects.near_values();
        auto forgetting = objects.clear();
        co_await std::move(forgetting);
        for (auto& object : all) {
            try {
                auto closing = detail::close_object(object);
                co_await std::move(closing);
            } catch (...) {
                if (!first)
                    first = std::current_exception();
            }
        }
        if (first)
            std::rethrow_exception(first);
    }

    cached_function<pointer(Args...)> objects_;
};

namespace detail {

template <class T, class F, class R, class... Params>
auto object_maker(F make, type_list<Params...>)
{
    return [make = std::move(make)](Params... args) {
        return make_object<T, F, Params...>(make, std::forward<Params>(args)...);
    };
}

template <class T, class Signature>
struct reference_of;
template <class T, class P, class... Args>
struct reference_of<T, cached_function<P(Args...)>> {
    using type = reference_function<T(Args...)>;
};

} // namespace detail

/// Keeps the objects that a coroutine function makes, instead of copies of values.
///
/// `make` returns an awaitable of the object, or of a `shared_ptr` or `unique_ptr` to it.
///
///     auto clients = coffer::cached_reference("client", connect_client);
///     std::shared_ptr<client> eu = co_await clients("eu-1");
///     co_await clients.close();
template <class Maker>
auto cached_reference(std::string name, Maker make)
{
    using made =
        typename detail::awaited_type<typename detail::call_signature<Maker>::result>::type;
    using object = typename detail::pointee<made>::type;
    auto loader = detail::object_maker<object, Maker, made>(
        std::move(make), typename detail::call_signature<Maker>::arguments());
    options how;
    how.ttl(never).allow_concurrent(false).capacity(memory_options::no_limit);
    auto objects = cached(std::move(name), std::move(loader), std::move(how));
    return typename detail::reference_of<object, decltype(objects)>::type(std::move(objects));
}

} // namespace coffer
