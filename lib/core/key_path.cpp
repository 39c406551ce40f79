// SPDX-License-Identifier: BSL-1.0
#include "base64url.hpp"
#include "sha256.hpp"

#include <coffer/core/errc.hpp>
#include <coffer/core/key_path.hpp>

#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace coffer {
namespace {

const char* name_of(key_kind kind) noexcept
{
    switch (kind) {
    case key_kind::value:
        return "value";
    case key_kind::lock:
        return "lock";
    case key_kind::queue:
        return "queue";
    case key_kind::set:
        return "set";
    case key_kind::index:
        return "index";
    case key_kind::counter:
        return "counter";
    }
    return "";
}

constexpr std::size_t digest_size = 1 + detail::base64url_size(32);

// No escaped text begins with '#', so a digest meets no part that was short enough.
std::string digest_of(std::string_view part)
{
    return part.size() > digest_size ? '#' + detail::to_base64url(detail::sha256(part))
                                     : std::string(part);
}

std::size_t length_of(const storage_key& key) noexcept
{
    return key.space.size() + 1 + key.group.size() + 1 + key.id.size();
}

// Equal tags stay equal, so their keys stay together.
std::string shortened_id(std::string_view id)
{
    if (!id.starts_with('{'))
        return digest_of(id);
    const std::size_t end = id.find('}');
    return '{' + digest_of(id.substr(1, end - 1)) + '}' + digest_of(id.substr(end + 1));
}

} // namespace

key_path::key_path(std::string_view name) : name_(escaped(name))
{
    if (name.empty())
        throw std::invalid_argument("coffer: a key path needs a name; give the cached function, "
                                    "queue, set or index one of its own");
    render_space();
    render_group();
}

key_path& key_path::prefix(std::string_view text)
{
    prefix_ = escaped(text);
    render_space();
    return *this;
}

key_path& key_path::kind(key_kind what)
{
    kind_ = what;
    render_space();
    return *this;
}

key_path& key_path::tenant(std::string_view text)
{
    tenant_ = escaped(text);
    render_space();
    return *this;
}

key_path& key_path::namespace_(std::string_view text)
{
    namespace_text_ = escaped(text);
    render_space();
    return *this;
}

key_path& key_path::version(std::uint32_t number)
{
    version_ = number;
    render_group();
    return *this;
}

key_path& key_path::hash_tag(std::string_view text)
{
    tag_ = text.empty() ? std::string() : '{' + escaped(text) + '}';
    return *this;
}

storage_key key_path::key(std::string_view id) const
{
    return storage_key(space_, group_, tag_ + escaped(id));
}

void key_path::render_space()
{
    space_ = prefix_ + ':' + name_of(kind_) + ':' + tenant_ + ':' + namespace_text_;
}

void key_path::render_group()
{
    group_ = name_ + '@' + std::to_string(version_);
}

storage_key shortened(storage_key key, std::size_t longest)
{
    // What becomes of the space hangs on the space alone, and of the group on these two, so that
    // all keys of one group stay in one group.
    const std::size_t id_room = digest_size + (key.id.starts_with('{') ? digest_size + 2 : 0);
    if (key.space.size() + 1 + digest_size + 1 + id_room > longest)
        key.space = digest_of(key.space);
    if (key.space.size() + 1 + key.group.size() + 1 + id_room > longest)
        key.group = digest_of(key.group);
    if (length_of(key) > longest)
        key.id = shortened_id(key.id);
    if (length_of(key) > longest)
        throw boost::system::system_error(make_error_code(errc::key_too_large));
    return key;
}

} // namespace coffer
