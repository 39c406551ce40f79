// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/names.hpp"

#include "core/base64url.hpp"
#include "core/sha256.hpp"

#include <coffer/core/key_path.hpp>

#include <algorithm>

namespace coffer::detail {
namespace {

std::size_t text_size(const storage_key& key)
{
    return key.space.size() + key.group.size() + key.id.size() + 2;
}

} // namespace

redis_names::redis_names(std::string_view prefix) : prefix_(escaped(prefix))
{}

std::string redis_names::space(std::string_view of) const
{
    std::string name = prefix_;
    name += ":@";
    name += of;
    return name;
}

std::string redis_names::wakes(std::string_view of) const
{
    std::string name = prefix_;
    name += ":@wake:";
    name += of;
    return name;
}

std::string redis_names::entry(const storage_key& key) const
{
    std::string name = prefix_;
    name.reserve(name.size() + 1 + std::min(text_size(key), longest));
    name += ':';
    name += key.space;
    name += ':';
    name += key.group;
    name += ':';
    if (is_short_for(key))
        name += '#' + to_base64url(sha256(key.id));
    else
        name += key.id;
    return name;
}

bool redis_names::is_short_for(const storage_key& key)
{
    // What looks like a shortened id is one as well: so no two keys have the same name.
    return text_size(key) > longest || key.id.starts_with('#');
}

std::optional<storage_key> redis_names::key_of(std::string_view name,
                                               const std::string& space) const
{
    if (!name.starts_with(prefix_) || name.substr(prefix_.size(), 1) != ":")
        return std::nullopt;
    return key_from_text(name.substr(prefix_.size() + 1), space);
}

std::optional<storage_key> redis_names::key_from_text(std::string_view text,
                                                      const std::string& space)
{
    if (!text.starts_with(space) || text.substr(space.size(), 1) != ":")
        return std::nullopt;
    text.remove_prefix(space.size() + 1);
    const auto colon = text.find(':');
    if (colon == text.npos)
        return std::nullopt;
    return storage_key(space, std::string(text.substr(0, colon)),
                       std::string(text.substr(colon + 1)));
}

std::string redis_names::pattern(std::string_view space) const
{
    return glob_escaped(prefix_) + ':' + glob_escaped(space) + ":*";
}

std::string glob_escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (std::string_view("*?[]^-\\").find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

} // namespace coffer::detail
