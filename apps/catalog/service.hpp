// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data/records.hpp"

#include <coffer/observe/function_event.hpp>
#include <coffer/observe/function_stats.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::sqlite {
class pool;
}

namespace catalog {

namespace asio = boost::asio;

/// How a `service` behaves. A builder.
class service_options {
public:
    using load_hook = std::function<asio::awaitable<void>(std::string function, std::string key)>;
    using event_hook = std::function<void(const coffer::function_event&)>;

    /// How long a reader waits for a load; 5 s unless said.
    service_options& patience(std::chrono::milliseconds most)
    {
        patience_ = most;
        return *this;
    }
    /// Awaited by every load before its query. The demo and the tests hold loads here, or let them
    /// fail.
    service_options& before_load(load_hook hook)
    {
        before_load_ = std::move(hook);
        return *this;
    }
    /// Sees what happens in the cached functions.
    service_options& on_event(event_hook hook)
    {
        on_event_ = std::move(hook);
        return *this;
    }

    /// Where entries are kept for all who use it; in this process unless said.
    service_options& storage(coffer::storage_ptr where)
    {
        storage_ = std::move(where);
        return *this;
    }

    std::chrono::milliseconds patience() const noexcept { return patience_; }
    const load_hook& before_load() const noexcept { return before_load_; }
    const event_hook& on_event() const noexcept { return on_event_; }
    const coffer::storage_ptr& storage() const noexcept { return storage_; }

private:
    std::chrono::milliseconds patience_ = std::chrono::seconds(5);
    load_hook before_load_;
    event_hook on_event_;
    coffer::storage_ptr storage_; // null: none
};

/// What one cached function did.
struct function_figures {
    std::string name;
    coffer::function_stats cache;
    std::uint64_t queries = 0; // that its loads sent to the database
    std::uint64_t inside = 0;  // the same, by loads inside a transaction
};

struct service_figures {
    std::vector<function_figures> functions;
    std::uint64_t committed = 0;
    std::uint64_t rolled_back = 0;
};

/// A change that the database refused; it was rolled back.
class change_refused : public std::exception {
public:
    const char* what() const noexcept override { return "the database refused the change"; }
};

/// The catalogue: every read through a cached function, every write in a transaction that
/// invalidates what it made wrong once it has committed.
///
/// Errors: those of `coffer::cached_function` and `coffer::sqlite::session`.
///
/// Threads: any. Lifetime: the service outlives what its members return.
class service {
public:
    explicit service(coffer::sqlite::pool db, service_options how = {});
    ~service();

    // Codes are taken as they are; the handlers bring them into one form.
    asio::awaitable<std::optional<language>> find_language(std::string code);
    asio::awaitable<std::vector<language_hit>> search_languages(std::string text, int limit);
    asio::awaitable<std::optional<country>> find_country(std::string code);
    asio::awaitable<std::vector<subdivision>> list_subdivisions(std::string country,
                                                                std::string type);

    /// Replaces or adds. Returns it as it is now.
    asio::awaitable<language> put_language(std::string code, language_change change);
    /// What becomes of an amendment.
    enum class ending { commit, refused_by_the_database };
    /// Changes some of it, and returns it as it is now; absent if there is no such language.
    ///
    /// Errors: with `refused_by_the_database` the entry in the log of changes breaks a rule of its
    /// table, after the update was made: the whole transaction rolls back, `change_refused`.
    asio::awaitable<std::optional<language>> amend_language(std::string code,
                                                            language_change change, ending how);
    asio::awaitable<std::optional<subdivision>> rename_subdivision(std::string code,
                                                                   std::string name);

    service_figures figures() const;

    /// Waits for loads that run; the database is its owner's to close.
    asio::awaitable<void> close();

private:
    class core;
    std::shared_ptr<core> core_;
};

} // namespace catalog
