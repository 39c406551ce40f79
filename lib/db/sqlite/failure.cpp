// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/failure.hpp"

#include <coffer/db/sqlite/error.hpp>

#include <boost/asio/error.hpp>

#include <utility>

namespace coffer {
namespace sqlite {
namespace {

constexpr std::size_t shown = 200; // characters of a statement in what()

std::string describe(const std::string& message, const std::string& statement)
{
    std::string text = "coffer sqlite: " + message;
    if (statement.empty())
        return text;
    text += ", in: " + statement.substr(0, shown);
    if (statement.size() > shown)
        text += " ...";
    return text;
}

} // namespace

error::error(errc code, int native, const std::string& message, std::string statement)
    : system_error(code, describe(message, statement)), native_(native),
      statement_(std::move(statement))
{}

} // namespace sqlite

namespace detail {

void sqlite_failure::raise() const
{
    if (what == kind::interrupted)
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    throw sqlite::error(code, native, message, statement);
}

std::exception_ptr sqlite_failure::as_exception() const
{
    try {
        raise();
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace detail
} // namespace coffer
