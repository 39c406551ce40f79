// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/db/sqlite.hpp>

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <string>

namespace catalog {

namespace asio = boost::asio;

/// Where Debian's package iso-codes puts its files.
inline const std::filesystem::path iso_codes_folder = "/usr/share/iso-codes/json";

/// Makes an empty database into a catalogue of the lists in `folder`, in one transaction. Leaves
/// one that is a catalogue already as it is. Returns whether it imported.
///
/// Errors: `std::runtime_error` that names the file, and the package to install if it is missing;
/// or says that the database is of something else.
asio::awaitable<bool> import_once(coffer::sqlite::pool db, std::filesystem::path folder);

/// What tells this catalogue from every other one that was ever imported. A cache that outlives the
/// database must not be taken for one of the next.
asio::awaitable<std::string> identity_of(coffer::sqlite::pool db);

} // namespace catalog
