// SPDX-License-Identifier: BSL-1.0
#include "http/failure.hpp"

#include <coffer/core/errc.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace catalog {
namespace {

using boost::system::error_code;

bool is_one_of(const error_code& code, std::initializer_list<coffer::errc> codes)
{
    for (const auto one : codes)
        if (code == one)
            return true;
    return false;
}

response try_again(std::string_view message)
{
    auto answer = error_response(503, message);
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

response of_code(const boost::system::system_error& failure, std::string_view where,
                 const log_function& log)
{
    using coffer::errc;
    const auto& code = failure.code();
    if (is_one_of(code, {errc::timeout, errc::load_timeout, errc::pool_timeout}))
        return try_again("this took too long; try again");
    if (is_one_of(code, {errc::overloaded, errc::database_busy}))
        return try_again("the server is busy; try again");
    if (is_one_of(code, {errc::closed, errc::abandoned}))
        return try_again("the server is stopping");
    log(where, failure.what());
    if (is_one_of(code, {errc::database_failed}))
        return try_again("the database could not answer; try again");
    return error_response(500, "something went wrong here; it is in the server's log");
}

} // namespace

response failure_response(const std::exception_ptr& failure, std::string_view where,
                          const log_function& log)
{
    try {
        std::rethrow_exception(failure);
    } catch (const http_error& known) {
        return error_response(known.status, known.what());
    } catch (const boost::system::system_error& known) {
        if (known.code() == asio::error::operation_aborted)
            throw;
        return of_code(known, where, log);
    } catch (const std::exception& unknown) {
        log(where, unknown.what());
        return error_response(500, "something went wrong here; it is in the server's log");
    }
}

} // namespace catalog
