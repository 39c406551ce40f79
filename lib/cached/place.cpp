// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached/place.hpp>

#include <coffer/core/errc.hpp>
#include <coffer/core/key_hash.hpp>

#include <boost/system/system_error.hpp>

namespace coffer::detail {
namespace {

constexpr std::size_t most_places = 1'000'000;

key_path path_of(const std::string& tenant, const std::string& space, const std::string& function,
                 std::uint32_t version)
{
    key_path path(function);
    path.tenant(tenant).namespace_(space).version(version);
    return path;
}

} // namespace

place::place(std::string in_tenant, std::string in_space, const std::string& function,
             std::uint32_t version, storage* store)
    : tenant(std::move(in_tenant)), space(std::move(in_space)),
      path(path_of(tenant, space, function, version)), salt(key_hash()(std::tie(tenant, space))),
      markers_(store ? store->notes().markers(path.space()) : std::make_shared<tag_markers>())
{}

place_book::place_book(std::string function, std::uint32_t version, std::string tenant,
                       std::string space, storage_ptr store)
    : function_(std::move(function)), version_(version), store_(std::move(store))
{
    home_ = &at(tenant, space);
}

const place& place_book::at(const std::string& tenant, const std::string& space)
{
    const std::lock_guard lock(mutex_);
    const auto found = places_.find({tenant, space});
    if (found != places_.end())
        return *found->second;
    if (places_.size() >= most_places)
        throw boost::system::system_error(errc::overloaded, "tenants and namespaces of cached "
                                                            "function '" +
                                                                function_ + "'");
    auto made = std::make_unique<place>(tenant, space, function_, version_, store_.get());
    return *places_.emplace(std::pair(tenant, space), std::move(made)).first->second;
}

bool place_book::only_home() const
{
    const std::lock_guard lock(mutex_);
    return places_.size() == 1;
}

} // namespace coffer::detail
