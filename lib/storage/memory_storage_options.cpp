// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/memory_storage.hpp>

#include <string>

namespace coffer {
namespace {

std::size_t positive(std::size_t value, const char* option)
{
    if (value == 0)
        throw std::invalid_argument(std::string("coffer: memory_storage_options().") + option +
                                    "(0): a bound must be at least 1; use null_storage() to "
                                    "store nothing");
    return value;
}

} // namespace

memory_storage_options& memory_storage_options::max_entries(std::size_t count)
{
    max_entries_ = positive(count, "max_entries");
    return *this;
}

memory_storage_options& memory_storage_options::max_bytes(std::size_t bytes)
{
    max_bytes_ = positive(bytes, "max_bytes");
    return *this;
}

memory_storage_options& memory_storage_options::max_key(std::size_t bytes)
{
    max_key_ = positive(bytes, "max_key");
    return *this;
}

memory_storage_options& memory_storage_options::max_value(std::size_t bytes)
{
    max_value_ = positive(bytes, "max_value");
    return *this;
}

memory_storage_options& memory_storage_options::max_markers(std::size_t count)
{
    max_markers_ = positive(count, "max_markers");
    return *this;
}

memory_storage_options& memory_storage_options::max_floors(std::size_t count)
{
    max_floors_ = positive(count, "max_floors");
    return *this;
}

memory_storage_options& memory_storage_options::max_holds(std::size_t count)
{
    max_holds_ = positive(count, "max_holds");
    return *this;
}

memory_storage_options& memory_storage_options::clock(coffer::clock time)
{
    clock_ = std::move(time);
    return *this;
}

} // namespace coffer
