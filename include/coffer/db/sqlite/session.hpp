// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/db/detail/sqlite_decode.hpp>
#include <coffer/db/sqlite/error.hpp>
#include <coffer/db/sqlite/value.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace coffer {

namespace asio = boost::asio;

namespace detail {

/// Where statements are carried out. Called while a `shared_ptr` to it is held.
class sqlite_target {
public:
    sqlite_target() = default;
    sqlite_target(const sqlite_target&) = delete;
    sqlite_target& operator=(const sqlite_target&) = delete;
    virtual ~sqlite_target() = default;

    virtual asio::awaitable<sqlite_result> run(std::string statement, sqlite::values arguments) = 0;
    virtual asio::awaitable<void> script(std::string statements) = 0;
};

} // namespace detail

namespace sqlite {

/// Where statements go: any free connection of a `pool`, or the connection of a `transaction`.
///
/// A copy refers to the same place. Functions that take a `session` work in and outside of
/// transactions.
///
/// Errors: `sqlite::error` for what the database refuses, `errc::database_busy` if other writers
/// kept it locked, `errc::pool_timeout` or `errc::overloaded` if no connection became free,
/// `errc::connection_held` if only the caller's own transaction could free it, `errc::closed`.
/// A wrong number or type of columns is a `sqlite::error` that names statement and column.
///
/// Cancellation: terminal, partial and total as the caller's state lets through; the statement is
/// interrupted. In a transaction an interrupted write undoes the whole transaction.
///
/// Threads: any. The work is done on the pool's threads; the caller resumes on its own executor.
///
/// Lifetime: statement and arguments are copied before the first suspension.
class session {
public:
    /// Carries out one statement that changes something. Returns how many rows it changed.
    ///
    ///     co_await db.execute("update product set price = ? where id = ?", price, id);
    template <std::convertible_to<value>... Arguments>
    asio::awaitable<std::int64_t> execute(std::string statement, Arguments&&... arguments) const
    {
        return execute_on(target_, std::move(statement),
                          collect(std::forward<Arguments>(arguments)...));
    }

    /// Returns all rows, each as a tuple of the column types given.
    ///
    /// A NULL needs `std::optional` or `value`; an integer may be read as a real; nothing else is
    /// converted.
    ///
    ///     auto rows = co_await db.query<std::string, std::optional<double>>("select name, price "
    ///                                                                       "from product");
    template <detail::sqlite_column... Columns, std::convertible_to<value>... Arguments>
        requires(sizeof...(Columns) > 0)
    asio::awaitable<std::vector<std::tuple<Columns...>>> query(std::string statement,
                                                               Arguments&&... arguments) const
    {
        return query_on<Columns...>(target_, std::move(statement),
                                    collect(std::forward<Arguments>(arguments)...));
    }

    /// Returns the first row, if there is one.
    template <detail::sqlite_column... Columns, std::convertible_to<value>... Arguments>
        requires(sizeof...(Columns) > 0)
    asio::awaitable<std::optional<std::tuple<Columns...>>> query_one(std::string statement,
                                                                     Arguments&&... arguments) const
    {
        return query_one_on<Columns...>(target_, std::move(statement),
                                        collect(std::forward<Arguments>(arguments)...));
    }

    /// Carries out several statements, separated by semicolons, for example a schema. Outside of a
    /// transaction each one is for itself.
    asio::awaitable<void> script(std::string statements) const;

    /// The number of the last transaction that invalidated something (`options::version_row`).
    /// What is read after it, or in one transaction with it, is at least as new.
    asio::awaitable<std::uint64_t> version() const;

protected:
    explicit session(std::shared_ptr<detail::sqlite_target> target) noexcept
        : target_(std::move(target))
    {}

    const std::shared_ptr<detail::sqlite_target>& target() const noexcept { return target_; }

private:
    friend class pool;

    template <class... Arguments>
    static values collect(Arguments&&... arguments)
    {
        values all;
        all.reserve(sizeof...(Arguments));
        (all.push_back(value(std::forward<Arguments>(arguments))), ...);
        return all;
    }

    using target_ptr = std::shared_ptr<detail::sqlite_target>;

    static asio::awaitable<std::int64_t> execute_on(target_ptr target, std::string statement,
                                                    values arguments);

    template <class... Columns>
    static asio::awaitable<std::vector<std::tuple<Columns...>>>
    query_on(target_ptr target, std::string statement, values arguments)
    {
        auto result = co_await target->run(std::move(statement), std::move(arguments));
        co_return detail::decode_rows<Columns...>(std::move(result));
    }

    template <class... Columns>
    static asio::awaitable<std::optional<std::tuple<Columns...>>>
    query_one_on(target_ptr target, std::string statement, values arguments)
    {
        auto result = co_await target->run(std::move(statement), std::move(arguments));
        co_return detail::decode_first<Columns...>(std::move(result));
    }

    target_ptr target_;
};

} // namespace sqlite
} // namespace coffer
