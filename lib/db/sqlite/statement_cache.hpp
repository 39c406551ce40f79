// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3_stmt;

namespace coffer::detail {

struct finalize_statement {
    void operator()(sqlite3_stmt* statement) const noexcept;
};
using statement_ptr = std::unique_ptr<sqlite3_stmt, finalize_statement>;

/// The prepared statements that one connection used last, by their text.
class statement_cache {
public:
    explicit statement_cache(std::size_t most) noexcept : most_(most) {}

    /// Takes the statement out, so that it cannot be used twice at once; null if unknown.
    statement_ptr take(std::string_view text);
    /// Puts it (back) as the one used last; the one unused for longest may go.
    void keep(std::string text, statement_ptr statement);
    void clear() noexcept;
    std::size_t size() const noexcept { return by_text_.size(); }

private:
    struct item {
        std::string text;
        statement_ptr statement;
    };
    using items = std::list<item>;

    std::size_t most_;
    items items_;                                                   // the one used last is in front
    std::unordered_map<std::string_view, items::iterator> by_text_; // keys view into items_
};

} // namespace coffer::detail
