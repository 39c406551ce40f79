// SPDX-License-Identifier: BSL-1.0
#include "http/router.hpp"

#include "http/failure.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace catalog {
namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

bool is_parameter(std::string_view part)
{
    return part.starts_with('{') && part.ends_with('}');
}

bool matches(const route& to, const std::vector<std::string>& segments, parameters& into)
{
    if (to.parts.size() != segments.size())
        return false;
    parameters read;
    for (std::size_t at = 0; at < segments.size(); ++at)
        if (is_parameter(to.parts[at]))
            read.emplace_back(to.parts[at].substr(1, to.parts[at].size() - 2), segments[at]);
        else if (to.parts[at] != segments[at])
            return false;
    into = std::move(read);
    return true;
}

void append(std::string& list, std::string_view method)
{
    if (list.find(method) != list.npos)
        return;
    list.append(list.empty() ? "" : ", ").append(method);
}

} // namespace

const std::string& request::param(std::string_view name) const
{
    const auto found = std::find_if(params.begin(), params.end(),
                                    [name](const auto& one) { return one.first == name; });
    BOOST_ASSERT_MSG(found != params.end(), "the route has no such part");
    return found->second;
}

route::route(std::string verb, std::string path, std::string text, request_handler to)
    : method(std::move(verb)), pattern(std::move(path)), what(std::move(text)),
      handle(std::move(to)), parts(target::parse(pattern).value().segments())
{}

router& router::add(std::string method, std::string pattern, std::string what,
                    request_handler handle)
{
    routes_.emplace_back(std::move(method), std::move(pattern), std::move(what), std::move(handle));
    return *this;
}

router::found router::find(request& asked) const
{
    const std::string_view method = asked.method == "HEAD" ? "GET" : std::string_view(asked.method);
    found best;
    for (const auto& one : routes_) {
        if (!matches(one, asked.where.segments(), asked.params))
            continue;
        if (one.method == method) {
            best.to = &one;
            return best;
        }
        append(best.allow, one.method);
        if (one.method == "GET")
            append(best.allow, "HEAD");
    }
    return best;
}

asio::awaitable<response> router::handle(request asked) const
{
    const found best = find(asked);
    if (best.to)
        co_return co_await guarded(*best.to, std::move(asked));
    if (best.allow.empty())
        co_return error_response(404, "there is nothing at this path; GET / lists what there is");
    auto refused = error_response(405, "this path takes " + best.allow);
    refused.headers.emplace_back("Allow", best.allow);
    co_return refused;
}

asio::awaitable<response> router::guarded(const route& to, request asked) const
{
    std::exception_ptr failure;
    try {
        co_return co_await to.handle(std::move(asked));
    } catch (...) {
        failure = std::current_exception();
    }
    co_return failure_response(failure, to.method + ' ' + to.pattern, log_);
}

} // namespace catalog
