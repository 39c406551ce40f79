// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/redis_storage.hpp>

#include <stdexcept>

namespace coffer {
namespace {

std::size_t positive(std::size_t value, const char* option)
{
    if (value == 0)
        throw std::invalid_argument(std::string("coffer: redis_storage_options().") + option +
                                    "(0): a bound must be at least 1");
    return value;
}

} // namespace

redis_storage_options& redis_storage_options::prefix(std::string text)
{
    if (text.empty())
        throw std::invalid_argument("coffer: redis_storage_options().prefix(\"\"): an empty prefix "
                                    "would take names that are not ours; give one, as \"coffer\"");
    prefix_ = std::move(text);
    return *this;
}

redis_storage_options& redis_storage_options::max_value(std::size_t bytes)
{
    max_value_ = positive(bytes, "max_value");
    if (bytes > envelope_options::largest_payload)
        throw std::invalid_argument("coffer: redis_storage_options().max_value(...): an entry "
                                    "takes at most 1 GiB");
    return *this;
}

redis_storage_options& redis_storage_options::max_key(std::size_t bytes)
{
    max_key_ = positive(bytes, "max_key");
    return *this;
}

redis_storage_options& redis_storage_options::envelope(envelope_options how)
{
    envelope_ = std::move(how);
    return *this;
}

redis_storage_options& redis_storage_options::floor_lifetime(std::chrono::milliseconds lasting)
{
    if (lasting <= std::chrono::milliseconds(0) || lasting > std::chrono::hours(24 * 366))
        throw std::invalid_argument("coffer: redis_storage_options().floor_lifetime(...): give a "
                                    "positive time of at most a year");
    floor_lifetime_ = lasting;
    return *this;
}

redis_storage_options& redis_storage_options::max_markers(std::size_t count)
{
    max_markers_ = positive(count, "max_markers");
    return *this;
}

redis_storage_options& redis_storage_options::max_owners(std::size_t count)
{
    max_owners_ = positive(count, "max_owners");
    return *this;
}

redis_storage_options& redis_storage_options::max_silence(std::chrono::milliseconds lasting)
{
    if (lasting < std::chrono::milliseconds(100) || lasting > std::chrono::minutes(1))
        throw std::invalid_argument("coffer: redis_storage_options().max_silence(...): give 100 ms "
                                    "to a minute");
    max_silence_ = lasting;
    return *this;
}

redis_storage_options& redis_storage_options::durable(bool so)
{
    durable_ = so;
    return *this;
}

redis_storage_options& redis_storage_options::poll(std::chrono::milliseconds pause)
{
    if (pause <= std::chrono::milliseconds(0) || pause > std::chrono::hours(1))
        throw std::invalid_argument("coffer: redis_storage_options().poll(...): give a positive "
                                    "time of at most an hour");
    poll_ = pause;
    return *this;
}

redis_storage_options&
redis_storage_options::on_notice(std::function<void(const redis_storage_notice&)> handler)
{
    on_notice_ = std::move(handler);
    return *this;
}

} // namespace coffer
