// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/stepper.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/transaction_scope.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using coffer::errc;
using coffer::scope_errors;
using coffer::transaction_scope;

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

template <class F>
errc code_of(F&& f)
{
    try {
        f();
    } catch (const boost::system::system_error& e) {
        REQUIRE(e.code().category() == coffer::coffer_category());
        return static_cast<errc>(e.code().value());
    }
    return errc(0);
}

inline std::string text_of(const std::exception_ptr& error)
{
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    }
}

inline scope_errors commit(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.committed());
}

inline scope_errors roll_back(asio::io_context& io, const transaction_scope& scope)
{
    return support::run(io, scope.rolled_back());
}
