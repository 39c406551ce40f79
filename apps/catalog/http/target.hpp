// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace catalog {

/// The target of a request, decoded: `/languages/deu?fail=1`.
class target {
public:
    /// Absent if `text` is not a path in origin form, or its escapes are wrong.
    static std::optional<target> parse(std::string_view text);

    const std::vector<std::string>& segments() const noexcept { return segments_; }
    /// The first parameter of that name; null if there is none.
    const std::string* query(std::string_view name) const noexcept;
    const std::vector<std::pair<std::string, std::string>>& queries() const noexcept
    {
        return query_;
    }

private:
    target() = default;
    bool read_path(std::string_view text);
    bool read_query(std::string_view text);

    std::vector<std::string> segments_;
    std::vector<std::pair<std::string, std::string>> query_;
};

/// `text` with all but unreserved characters escaped, for one part of a target.
std::string percent_encode(std::string_view text);

} // namespace catalog
