// expect: built without its SQLite part.*-Dsqlite=enabled
// SPDX-License-Identifier: BSL-1.0
#include <coffer/config.hpp>

// As if the build had declined it.
#undef COFFER_HAS_SQLITE
#define COFFER_HAS_SQLITE 0

#include <coffer/db/sqlite.hpp>
