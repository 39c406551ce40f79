// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/storage.hpp>

#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <type_traits>

namespace coffer {

// What is not declared in `able()` ends here, for every storage alike.

void storage::decline(const char* operation) const
{
    throw boost::system::system_error(errc::unsupported,
                                      std::string(operation) + " on " + describe());
}

template <class T>
asio::awaitable<T> storage::declined(const char* operation) const
{
    decline(operation); // in the coroutine, as any other error of a storage
    if constexpr (!std::is_void_v<T>)
        co_return T();
    else
        co_return;
}

bool storage::lacks_tags_of(const entry& value) const noexcept
{
    return !value.tags.empty() && lacks(capability::tags);
}

bool storage::lacks_tags_of(const std::vector<entry>& values) const noexcept
{
    return std::any_of(values.begin(), values.end(),
                       [this](const entry& value) { return lacks_tags_of(value); });
}

asio::awaitable<std::optional<stored_entry>> storage::get(storage_key key)
{
    return do_get(std::move(key));
}

asio::awaitable<acquired> storage::acquire(storage_key key, lease_terms terms)
{
    return do_acquire(std::move(key), terms);
}

asio::awaitable<bool> storage::renew(storage_key key, lease grant,
                                     std::chrono::milliseconds lease_for)
{
    return do_renew(std::move(key), grant, lease_for);
}

asio::awaitable<fill_state> storage::fill(storage_key key, lease grant, entry value)
{
    if (lacks_tags_of(value))
        return declined<fill_state>("fill with tags");
    return do_fill(std::move(key), grant, std::move(value));
}

asio::awaitable<void> storage::abandon(storage_key key, lease grant)
{
    return do_abandon(std::move(key), grant);
}

asio::awaitable<fill_state> storage::put(storage_key key, entry value)
{
    if (lacks_tags_of(value))
        return declined<fill_state>("put with tags");
    return do_put(std::move(key), std::move(value));
}

asio::awaitable<bool> storage::put_if_absent(storage_key key, entry value)
{
    if (lacks(capability::put_if_absent))
        return declined<bool>("put_if_absent");
    if (lacks_tags_of(value))
        return declined<bool>("put_if_absent with tags");
    return do_put_if_absent(std::move(key), std::move(value));
}

asio::awaitable<void> storage::invalidate(storage_key key, invalidation mode,
                                          std::optional<std::uint64_t> floor)
{
    if (floor && lacks(capability::floors))
        return declined<void>("invalidate with a floor");
    return do_invalidate(std::move(key), mode, floor);
}

asio::awaitable<bool> storage::touch(storage_key key, ttl lifetime)
{
    if (lacks(capability::touch))
        return declined<bool>("touch");
    return do_touch(std::move(key), lifetime);
}

asio::awaitable<std::int64_t> storage::increment(storage_key key, std::int64_t by,
                                                 counter_terms terms)
{
    if (lacks(capability::counters))
        return declined<std::int64_t>("increment");
    return do_increment(std::move(key), by, terms);
}

asio::awaitable<std::vector<std::optional<stored_entry>>>
storage::get_many(std::vector<storage_key> keys)
{
    return do_get_many(std::move(keys));
}

asio::awaitable<std::vector<acquired>> storage::acquire_many(std::vector<storage_key> keys,
                                                             lease_terms terms)
{
    return do_acquire_many(std::move(keys), terms);
}

asio::awaitable<std::vector<fill_state>> storage::fill_many(std::vector<storage_key> keys,
                                                            std::vector<lease> grants,
                                                            std::vector<entry> values)
{
    BOOST_ASSERT(keys.size() == grants.size() && keys.size() == values.size());
    if (lacks_tags_of(values))
        return declined<std::vector<fill_state>>("fill_many with tags");
    return do_fill_many(std::move(keys), std::move(grants), std::move(values));
}

asio::awaitable<std::vector<fill_state>> storage::put_many(std::vector<storage_key> keys,
                                                           std::vector<entry> values)
{
    BOOST_ASSERT(keys.size() == values.size());
    if (lacks_tags_of(values))
        return declined<std::vector<fill_state>>("put_many with tags");
    return do_put_many(std::move(keys), std::move(values));
}

asio::awaitable<void> storage::invalidate_many(std::vector<storage_key> keys, invalidation mode)
{
    return do_invalidate_many(std::move(keys), mode);
}

asio::awaitable<void> storage::bump(std::string space, std::string tag, invalidation mode)
{
    if (lacks(capability::tags))
        return declined<void>("bump");
    return do_bump(std::move(space), std::move(tag), mode);
}

asio::awaitable<void> storage::clear(std::string space, std::string group)
{
    if (lacks(capability::clear))
        return declined<void>("clear");
    return do_clear(std::move(space), std::move(group));
}

asio::awaitable<void> storage::hold(storage_key key, std::string owner,
                                    std::chrono::milliseconds hold_for)
{
    if (lacks(capability::hold))
        return declined<void>("hold");
    return do_hold(std::move(key), std::move(owner), hold_for);
}

asio::awaitable<void> storage::release(storage_key key, std::string owner)
{
    if (lacks(capability::hold))
        return declined<void>("release");
    return do_release(std::move(key), std::move(owner));
}

asio::awaitable<storage::page> storage::scan(std::string space, std::string from, std::size_t about)
{
    if (lacks(capability::scan))
        return declined<storage::page>("scan");
    return do_scan(std::move(space), std::move(from), about);
}

std::shared_ptr<coherence_board> storage::board()
{
    return lacks(capability::pushes) ? nullptr : do_board();
}

coherence_ticket storage::ticket(const storage_key& key)
{
    return lacks(capability::pushes) ? coherence_ticket() : do_ticket(key);
}

asio::awaitable<void> storage::close()
{
    return do_close();
}

} // namespace coffer
