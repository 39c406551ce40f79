// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/statement_cache.hpp"

#include <sqlite3.h>

#include <utility>

namespace coffer::detail {

void finalize_statement::operator()(sqlite3_stmt* statement) const noexcept
{
    ::sqlite3_finalize(statement); // repeats the last error of the statement, which is known
}

statement_ptr statement_cache::take(std::string_view text)
{
    const auto known = by_text_.find(text);
    if (known == by_text_.end())
        return nullptr;
    const items::iterator at = known->second;
    statement_ptr statement = std::move(at->statement);
    by_text_.erase(known); // before the text that its key views
    items_.erase(at);
    return statement;
}

void statement_cache::keep(std::string text, statement_ptr statement)
{
    if (most_ == 0 || by_text_.count(text) != 0)
        return;
    items_.push_front({std::move(text), std::move(statement)});
    by_text_.emplace(items_.front().text, items_.begin());
    if (by_text_.size() <= most_)
        return;
    by_text_.erase(items_.back().text);
    items_.pop_back();
}

void statement_cache::clear() noexcept
{
    by_text_.clear();
    items_.clear();
}

} // namespace coffer::detail
