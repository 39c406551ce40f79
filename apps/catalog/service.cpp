// SPDX-License-Identifier: BSL-1.0
#include "service.hpp"

#include "data/queries.hpp"
#include "data/stored_records.hpp"

#include <coffer/cached.hpp>
#include <coffer/db/sqlite.hpp>

#include <atomic>

namespace catalog {
namespace {

using namespace std::chrono_literals;
using coffer::load_context;

constexpr const char* languages_tag = "languages";

std::string country_tag(const std::string& code)
{
    return "country:" + code;
}

/// Queries that the loads of one function sent.
struct query_counts {
    std::atomic<std::uint64_t> shared{0}, inside{0}; // relaxed: they order nothing

    void count(const load_context& load)
    {
        (load.scope() ? inside : shared).fetch_add(1, std::memory_order_relaxed);
    }
};

/// The database as loads see it. Loads that run own it.
class source {
public:
    source(sqlite::pool db, service_options::load_hook before)
        : db_(std::move(db)), before_(std::move(before))
    {}

    /// Where to read from: the caller's own transaction, if the load is for one.
    sqlite::session session(const load_context& load) const
    {
        return load.scope() ? db_.on(*load.scope()) : sqlite::session(db_);
    }
    asio::awaitable<void> before(std::string function, std::string key) const
    {
        if (before_)
            co_await before_(std::move(function), std::move(key));
    }
    const sqlite::pool& pool() const noexcept { return db_; }

    mutable query_counts languages, searches, countries, subdivisions;

private:
    const sqlite::pool db_;
    const service_options::load_hook before_;
};

using source_ptr = std::shared_ptr<const source>;

asio::awaitable<std::optional<language>> load_language(source_ptr from, load_context& load,
                                                       std::string code)
{
    co_await from->before("language", code);
    from->languages.count(load);
    co_return co_await find_language(from->session(load), std::move(code));
}

asio::awaitable<std::vector<language_hit>> load_search(source_ptr from, load_context& load,
                                                       std::string text, int limit)
{
    co_await from->before("search", text);
    from->searches.count(load);
    co_return co_await search_languages(from->session(load), std::move(text), limit);
}

asio::awaitable<std::optional<country>> load_country(source_ptr from, load_context& load,
                                                     std::string code)
{
    co_await from->before("country", code);
    from->countries.count(load);
    co_return co_await find_country(from->session(load), std::move(code));
}

asio::awaitable<std::vector<subdivision>> load_subdivisions(source_ptr from, load_context& load,
                                                            std::string of, std::string type)
{
    load.tag(country_tag(of));
    co_await from->before("subdivisions", of);
    from->subdivisions.count(load);
    co_return co_await list_subdivisions(from->session(load), std::move(of), std::move(type));
}

coffer::options reading(const service_options& how)
{
    coffer::options common;
    common.ttl(10min).allow_concurrent(false);
    if (how.on_event())
        common.on_event(how.on_event());
    // Another process may load the same just now.
    if (how.storage())
        common.storage(how.storage()).near(coffer::coherent).lease_wait(1s);
    return common;
}

} // namespace

class service::core {
public:
    core(sqlite::pool pool, service_options how)
        : db(std::move(pool)), from(std::make_shared<const source>(db, how.before_load())),
          terms(coffer::within(how.patience())),
          languages(coffer::cached(
              "language",
              [from = from](load_context& load, std::string code) {
                  return load_language(from, load, std::move(code));
              },
              reading(how))),
          searches(coffer::cached(
              "search",
              [from = from](load_context& load, std::string text, int limit) {
                  return load_search(from, load, std::move(text), limit);
              },
              reading(how).capacity(2000).tag(languages_tag))),
          countries(coffer::cached(
              "country",
              [from = from](load_context& load, std::string code) {
                  return load_country(from, load, std::move(code));
              },
              reading(how))),
          subdivisions(coffer::cached(
              "subdivisions",
              [from = from](load_context& load, std::string of, std::string type) {
                  return load_subdivisions(from, load, std::move(of), std::move(type));
              },
              reading(how).capacity(1000)))
    {}

    /// What a write of this language makes wrong.
    void language_changes(const coffer::transaction_scope& scope, const std::string& code) const
    {
        languages.invalidate_after_commit(scope, code);
        searches.invalidate_tag_after_commit(scope, languages_tag);
    }

    asio::awaitable<language> put(sqlite::transaction& tx, std::string code,
                                  language_change change) const
    {
        language_changes(tx.scope(), code);
        const auto revision = co_await catalog::put_language(tx, code, std::move(change));
        co_await log_change(tx, code, revision, "put");
        auto now = co_await languages.in(tx.scope())(code);
        co_return *std::move(now);
    }

    asio::awaitable<std::optional<language>> amend(sqlite::transaction& tx, std::string code,
                                                   language_change change, ending how) const
    {
        language_changes(tx.scope(), code);
        const auto revision = co_await catalog::amend_language(tx, code, std::move(change));
        if (!revision)
            co_return std::nullopt;
        // Reads what this transaction wrote, and leaves the cache to everybody else.
        auto now = co_await languages.in(tx.scope())(code);
        if (!now || now->revision != *revision)
            throw std::logic_error("a transaction did not see its own write");
        co_await log_change(tx, code, *revision, how == ending::commit ? "amend" : "none");
        co_return now;
    }

    asio::awaitable<std::optional<subdivision>> rename(sqlite::transaction& tx, std::string code,
                                                       std::string name) const
    {
        auto now = co_await catalog::rename_subdivision(tx, code, std::move(name));
        if (!now)
            co_return std::nullopt;
        subdivisions.invalidate_tag_after_commit(tx.scope(), country_tag(now->country));
        co_await log_change(tx, code, now->revision, "rename");
        co_return now;
    }

    const sqlite::pool db;
    const source_ptr from;
    const coffer::call_terms terms;
    const coffer::cached_function<std::optional<language>(std::string)> languages;
    const coffer::cached_function<std::vector<language_hit>(std::string, int)> searches;
    const coffer::cached_function<std::optional<country>(std::string)> countries;
    const coffer::cached_function<std::vector<subdivision>(std::string, std::string)> subdivisions;
};

service::service(sqlite::pool db, service_options how)
    : core_(std::make_shared<core>(std::move(db), std::move(how)))
{}

service::~service() = default;

asio::awaitable<std::optional<language>> service::find_language(std::string code)
{
    co_return co_await core_->languages.with(core_->terms)(code);
}

asio::awaitable<std::vector<language_hit>> service::search_languages(std::string text, int limit)
{
    co_return co_await core_->searches.with(core_->terms)(text, limit);
}

asio::awaitable<std::optional<country>> service::find_country(std::string code)
{
    co_return co_await core_->countries.with(core_->terms)(code);
}

asio::awaitable<std::vector<subdivision>> service::list_subdivisions(std::string of,
                                                                     std::string type)
{
    co_return co_await core_->subdivisions.with(core_->terms)(of, type);
}

asio::awaitable<language> service::put_language(std::string code, language_change change)
{
    auto write = [&](sqlite::transaction& tx) {
        return core_->put(tx, std::move(code), std::move(change));
    };
    co_return co_await core_->db.transaction(std::move(write));
}

asio::awaitable<std::optional<language>> service::amend_language(std::string code,
                                                                 language_change change, ending how)
{
    auto write = [&](sqlite::transaction& tx) {
        return core_->amend(tx, std::move(code), std::move(change), how);
    };
    try {
        co_return co_await core_->db.transaction(std::move(write));
    } catch (const sqlite::error& refused) {
        constexpr int constraint = 19; // the low byte of SQLite's extended codes
        if ((refused.native() & 0xff) != constraint)
            throw;
    }
    throw change_refused();
}

asio::awaitable<std::optional<subdivision>> service::rename_subdivision(std::string code,
                                                                        std::string name)
{
    auto write = [&](sqlite::transaction& tx) {
        return core_->rename(tx, std::move(code), std::move(name));
    };
    co_return co_await core_->db.transaction(std::move(write));
}

service_figures service::figures() const
{
    service_figures all;
    const auto add = [&](const auto& function, const query_counts& queries) {
        all.functions.push_back(
            {function.name(), function.stats(), queries.shared, queries.inside});
    };
    add(core_->languages, core_->from->languages);
    add(core_->searches, core_->from->searches);
    add(core_->countries, core_->from->countries);
    add(core_->subdivisions, core_->from->subdivisions);
    const auto pool = core_->db.stats();
    all.committed = pool.committed;
    all.rolled_back = pool.rolled_back;
    return all;
}

asio::awaitable<void> service::close()
{
    co_await core_->languages.close();
    co_await core_->searches.close();
    co_await core_->countries.close();
    co_await core_->subdivisions.close();
}

} // namespace catalog
