// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/error.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/redis/result.hpp>

#include <boost/throw_exception.hpp>

#include <utility>

namespace coffer::redis {
namespace {

// "GET at db:6379: WRONGTYPE …", with what is known of it.
std::string prefix_of(const error_details& details)
{
    std::string text = details.command().empty() ? "Redis" : details.command();
    if (!details.node().empty())
        text += " at " + details.node();
    if (details.attempts() > 1)
        text += ", sent " + std::to_string(details.attempts()) + " times";
    if (details.maybe_executed())
        text += ", maybe executed";
    for (const auto* part : {&details.reply().text(), &details.note()}) {
        if (!part->empty())
            text += ": " + *part;
    }
    return text;
}

} // namespace

error::error(boost::system::error_code code, error_details details)
    : system_error(code, prefix_of(details)), details_(std::move(details))
{}

error::error(error_reply answer)
    : error(errc::server_refused, error_details().reply(std::move(answer)))
{}

void throw_exception_from_error(const error_reply& answer, const boost::source_location& where)
{
    boost::throw_exception(error(answer), where);
}

} // namespace coffer::redis
