// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/errors.hpp"
#include "support/stepper.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/transaction_scope.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using coffer::errc;
using coffer::scope_errors;
using coffer::transaction_scope;
using support::code_of;

/// Notes its name when it runs: a coroutine that suspends once, and counts as a live object.
class note {
public:
    note(std::string& log, char name) : log_(&log), name_(name) {}

    asio::awaitable<void> operator()() const { return write(log_, name_); }

private:
    static asio::awaitable<void> write(std::string* log, char name)
    {
        co_await asio::post(asio::use_awaitable);
        *log += name;
    }

    std::string* log_;
    char name_;
    support::live live_;
};

inline std::string text_of(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    }
}

/// A scope, and the names of what ran for it, in order.
struct logged_scope {
    asio::io_context io;
    std::string log;
    const transaction_scope scope;
};

inline scope_errors commit(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.committed());
}

inline scope_errors roll_back(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.rolled_back());
}
