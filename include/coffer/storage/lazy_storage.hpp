// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/storage/storage.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace coffer {

/// A storage that is made by a factory, once, on first use. Copies are handles on the same one;
/// two objects made from equal factories are two storages.
///
/// The factory may be a plain function or return an awaitable. Who uses the storage while it is
/// being made waits for that; if it fails, all of them get its error, and the next use tries again.
///
/// Until then it declares what `declares` said, and refuses the rest; or else every capability but
/// `shared` and `durable`, without limits. `pushes` it has not even then: near tiers over it are
/// bounded by their time.
///
/// Errors: those of the factory; `std::invalid_argument` if it makes nothing; `errc::unsupported`
/// if what it made lacks a capability that was declared by `declares`. `errc::closed` after
/// `close`, which makes nothing any more.
///
/// Cancellation: only this caller leaves. If it is the one who runs the factory, that is cancelled
/// and begun anew by another who waits.
///
/// Threads: every member may be called from any thread at once. The factory runs on the executor
/// of whoever came first.
class lazy_storage {
public:
    using maker = std::function<asio::awaitable<storage_ptr>()>;

    explicit lazy_storage(maker making);
    template <class Make>
        requires std::convertible_to<std::invoke_result_t<Make&>, storage_ptr>
    explicit lazy_storage(Make plain) : lazy_storage(lift(std::move(plain)))
    {}

    /// What users may count on before the first use.
    const lazy_storage& declares(capabilities able, storage_limits limits = {}) const;

    operator storage_ptr() const { return storage_; }
    storage* operator->() const noexcept { return storage_.get(); }

    /// The storage that was made; null before.
    storage_ptr made() const;
    /// Makes it now, if it has not been made.
    asio::awaitable<storage_ptr> make() const;

private:
    static maker lift(std::function<storage_ptr()> plain);

    class policy;
    std::shared_ptr<policy> policy_;
    storage_ptr storage_;
};

/// Lets functions share a storage by an explicit key: the first factory given with a key makes the
/// storage for all. Without a registry nothing is shared, however equal two factories look.
///
/// Threads: every member may be called from any thread at once.
class storage_registry {
public:
    storage_registry();

    lazy_storage at(const std::string& key, lazy_storage::maker making) const;
    template <class Make>
        requires std::convertible_to<std::invoke_result_t<Make&>, storage_ptr>
    lazy_storage at(const std::string& key, Make plain) const
    {
        return insert(key, lazy_storage(std::move(plain)));
    }

    /// Closes every storage that was given out, and forgets it.
    asio::awaitable<void> close() const;

private:
    lazy_storage insert(const std::string& key, lazy_storage fresh) const;

    class core;
    std::shared_ptr<core> core_;
};

} // namespace coffer
