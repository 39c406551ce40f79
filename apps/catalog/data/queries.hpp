// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data/records.hpp"

#include <coffer/db/sqlite/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the catalogue asks its database, one statement each. Errors: those of `sqlite::session`.
namespace catalog {

namespace asio = boost::asio;
namespace sqlite = coffer::sqlite;

asio::awaitable<std::optional<language>> find_language(sqlite::session db, std::string code);
/// Those whose name holds `text`, in any case for ASCII letters; the shortest names first.
asio::awaitable<std::vector<language_hit>> search_languages(sqlite::session db, std::string text,
                                                            int limit);
asio::awaitable<std::optional<country>> find_country(sqlite::session db, std::string code);
/// With an empty `type`: all of them.
asio::awaitable<std::vector<subdivision>> list_subdivisions(sqlite::session db, std::string country,
                                                            std::string type);

/// Replaces it, or adds it as revision 0. Returns the revision.
asio::awaitable<std::int64_t> put_language(sqlite::session db, std::string code,
                                           language_change change);
/// Returns the new revision; absent if there is no such language.
asio::awaitable<std::optional<std::int64_t>> amend_language(sqlite::session db, std::string code,
                                                            language_change change);
/// As it is now; absent if there is no such subdivision.
asio::awaitable<std::optional<subdivision>> rename_subdivision(sqlite::session db, std::string code,
                                                               std::string name);

/// The table refuses a `kind` other than `put`, `amend` and `rename`.
asio::awaitable<void> log_change(sqlite::session db, std::string code, std::int64_t revision,
                                 std::string kind);

} // namespace catalog
