// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/memory/removal_cause.hpp>

#include <cstddef>
#include <functional>
#include <utility>

namespace coffer {

/// The functions that a user may give to a `memory_cache<K, V>`; builder style.
///
/// Neither has anything to do on a hit.
template <class K, class V>
class memory_hooks {
public:
    using weigher_type = std::function<std::size_t(const K&, const V&)>;
    using listener_type = std::function<void(const K&, V&&, removal_cause)>;

    memory_hooks() {}

    /// What an entry counts against `memory_options().weight(...)`, asked once for each value.
    ///
    /// Threads: runs on the storing thread, in `compute` under a lock of the cache; it must not
    /// call the cache. What it throws reaches the storing call, and nothing is stored.
    memory_hooks& weigher(weigher_type function) &
    {
        weigher_ = std::move(function);
        return *this;
    }
    memory_hooks&& weigher(weigher_type function) &&
    {
        return std::move(weigher(std::move(function)));
    }

    /// Told of each value that leaves, exactly once; it may move from the value.
    ///
    /// Order: called by the thread whose operation removed the value, in the order of removal,
    /// after the cache's lock is released and before that operation returns. Between threads
    /// there is no order, not even for one key.
    ///
    /// It may call the cache. What it throws is swallowed and counted; it is called again for the
    /// next value. The cache's destructor does not call it.
    memory_hooks& on_removal(listener_type function) &
    {
        listener_ = std::move(function);
        return *this;
    }
    memory_hooks&& on_removal(listener_type function) &&
    {
        return std::move(on_removal(std::move(function)));
    }

    const weigher_type& weigher() const noexcept { return weigher_; }
    const listener_type& on_removal() const noexcept { return listener_; }

private:
    weigher_type weigher_;
    listener_type listener_;
};

} // namespace coffer
