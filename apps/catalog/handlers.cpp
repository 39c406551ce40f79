// SPDX-License-Identifier: BSL-1.0
#include "handlers.hpp"

#include "codes.hpp"
#include "json.hpp"

#include <charconv>

namespace catalog {
namespace {

using service_ptr = std::shared_ptr<service>;

/// The record as an answer, or 404.
template <class Record>
response found_or_404(const std::optional<Record>& one, const char* what)
{
    if (!one)
        return error_response(404, std::string("there is no such ") + what);
    return response(json_text(*one));
}

int read_limit(const target& where)
{
    const std::string* written = where.query("limit");
    if (!written)
        return 20;
    int limit = 0;
    const auto* end = written->data() + written->size();
    const auto read = std::from_chars(written->data(), end, limit);
    if (read.ec != std::errc() || read.ptr != end || limit < 1 || limit > 100)
        throw http_error(400, "\"limit\" is a number from 1 to 100");
    return limit;
}

service::ending read_ending(const target& where)
{
    const std::string* written = where.query("fail");
    if (!written || *written == "0")
        return service::ending::commit;
    if (*written != "1")
        throw http_error(400, "\"fail\" is 0 or 1");
    return service::ending::refused_by_the_database;
}

std::string query_or_empty(const target& where, std::string_view name)
{
    const std::string* written = where.query(name);
    return written ? *written : std::string();
}

asio::awaitable<response> get_language(service_ptr of, request asked)
{
    const auto found = co_await of->find_language(language_code(asked.param("code")));
    co_return found_or_404(found, "language");
}

asio::awaitable<response> get_languages(service_ptr of, request asked)
{
    auto text = search_text(query_or_empty(asked.where, "q"));
    const auto found = co_await of->search_languages(std::move(text), read_limit(asked.where));
    co_return response(json_text(found));
}

asio::awaitable<response> put_language(service_ptr of, request asked)
{
    auto code = language_code(asked.param("code"));
    auto change = read_language_change(asked.body);
    if (!change.name)
        throw http_error(400, "\"name\" is missing");
    const auto now = co_await of->put_language(std::move(code), std::move(change));
    co_return response(json_text(now), now.revision == 0 ? 201 : 200);
}

asio::awaitable<response> post_language(service_ptr of, request asked)
{
    auto code = language_code(asked.param("code"));
    auto change = read_language_change(asked.body);
    const auto how = read_ending(asked.where);
    try {
        const auto now = co_await of->amend_language(std::move(code), std::move(change), how);
        co_return found_or_404(now, "language");
    } catch (const change_refused&) {
    }
    co_return error_response(409, "the database refused the change; all of it was rolled back");
}

asio::awaitable<response> get_country(service_ptr of, request asked)
{
    const auto found = co_await of->find_country(country_code(asked.param("code")));
    co_return found_or_404(found, "country");
}

asio::awaitable<response> get_subdivisions(service_ptr of, request asked)
{
    const auto code = country_code(asked.param("code"));
    const auto found = co_await of->list_subdivisions(code, query_or_empty(asked.where, "type"));
    if (found.empty()) { // a country without subdivisions, or none at all?
        const auto known = co_await of->find_country(code);
        if (!known)
            co_return error_response(404, "there is no such country");
    }
    co_return response(json_text(found));
}

asio::awaitable<response> put_subdivision(service_ptr of, request asked)
{
    auto code = subdivision_code(asked.param("code"));
    auto name = read_subdivision_name(asked.body);
    const auto now = co_await of->rename_subdivision(std::move(code), std::move(name));
    co_return found_or_404(now, "subdivision");
}

asio::awaitable<response> answer(std::string json)
{
    co_return response(std::move(json));
}

asio::awaitable<response> get_stats(asio::awaitable<statistics> asked)
{
    const auto now = co_await std::move(asked);
    co_return response(json_text(now));
}

} // namespace

std::shared_ptr<const router>
make_router(service_ptr of, std::function<asio::awaitable<statistics>()> stats, log_function log)
{
    auto made = std::make_shared<router>(std::move(log));
    const auto with = [&](auto handler) {
        return [of, handler](request asked) { return handler(of, std::move(asked)); };
    };
    made->add("GET", "/languages/{code}", "one language (ISO 639-3), e.g. /languages/deu",
              with(get_language))
        .add("GET", "/languages", "search by name: /languages?q=german&limit=20",
             with(get_languages))
        .add("PUT", "/languages/{code}",
             "replace or add: {\"name\": ..., \"inverted_name\", \"common_name\", \"scope\", "
             "\"type\"}",
             with(put_language))
        .add("POST", "/languages/{code}",
             "change some of it; with ?fail=1 the database refuses it after the update, and it "
             "rolls back",
             with(post_language))
        .add("GET", "/countries/{code}", "one country (ISO 3166-1), e.g. /countries/AD",
             with(get_country))
        .add("GET", "/countries/{code}/subdivisions",
             "its parts (ISO 3166-2), of one ?type= or all", with(get_subdivisions))
        .add("PUT", "/subdivisions/{code}", "rename: {\"name\": ...}", with(put_subdivision))
        .add("GET", "/stats", "what the caches, the database and the server did",
             [stats = std::move(stats)](request) { return get_stats(stats()); })
        .add("GET", "/", "this list", [of = std::weak_ptr<const router>(made)](request) {
            return answer(json_text(of.lock()->routes()));
        });
    return made;
}

} // namespace catalog
