// SPDX-License-Identifier: BSL-1.0
#pragma once

/// SQLite with `co_await`: a pool, transactions, and a `transaction_scope` for each.
#include <coffer/db/sqlite/error.hpp>
#include <coffer/db/sqlite/options.hpp>
#include <coffer/db/sqlite/pool.hpp>
#include <coffer/db/sqlite/session.hpp>
#include <coffer/db/sqlite/transaction.hpp>
#include <coffer/db/sqlite/value.hpp>
