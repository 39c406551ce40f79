// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/batch.hpp>
#include <coffer/cached/settings.hpp>
#include <coffer/cached/signature.hpp>
#include <coffer/storage/lazy_storage.hpp>

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

namespace coffer {

/// For `options().near(coherent)`.
struct coherent_t {
    explicit coherent_t() = default;
};
inline constexpr coherent_t coherent{};

/// How a cached function behaves. A builder: each member changes one thing and returns the whole.
///
/// Errors: what cannot be right throws `std::invalid_argument` where it is written; what does not
/// fit the function or its storage throws it from `cached(...)`.
///
///     auto products = coffer::cached("product", load_product,
///                                    coffer::options().ttl(5min).allow_concurrent(false));
class options {
public:
    options() = default;

    /// How long a value is fresh; 5 minutes unless said. Zero: nothing is stored.
    options& ttl(coffer::ttl lifetime);
    /// How long after that it may be served as stale: at once while one load refreshes it, and as
    /// the answer when that load fails. Zero unless said.
    options& grace(std::chrono::milliseconds lasting);
    /// Near entries that nobody asked for so long go.
    options& time_to_idle(coffer::ttl lasting);
    /// Takes up to this share (0 to 1) off each time to live at random, that of errors too, so that
    /// what was stored together does not expire together.
    options& jitter(double share);
    /// How long an error is remembered and given to later calls; not at all unless said.
    options& error_ttl(coffer::ttl lifetime);

    /// With `false`, callers of one key share one load. True unless said.
    options& allow_concurrent(bool allowed);
    /// Where loads run, instead of on the context of whoever starts one.
    options& executor(asio::any_io_executor where);
    /// How long a load may take; 30 seconds unless said. Then its callers get
    /// `errc::load_timeout` and it is told to stop.
    options& load_deadline(std::chrono::milliseconds most);
    /// Tells a load to stop when its last waiter has left, instead of letting it finish and be
    /// stored.
    options& cancel_abandoned(bool stop = true);
    /// With `false` a failing storage fails the call; else it is as if the storage were empty.
    options& fail_open(bool open);
    /// How long to wait for a load of the same key in another process before loading here without
    /// storing. Not at all unless said.
    options& lease_wait(std::chrono::milliseconds most);
    /// How many loads may run at a time; beyond it a miss is `errc::overloaded`.
    options& max_loads(std::size_t count);
    /// How many loads `get_many` has running at a time if there is no batch loader; 16 unless said.
    options& batch_parallel(std::size_t count);

    /// Keeps encoded values there too, or only there: see `near`.
    options& storage(storage_ptr where);
    /// The storage that a plain or awaitable factory makes on first use, for this function alone.
    /// To share one by a key, see `storage_registry`.
    template <class Factory>
        requires std::constructible_from<lazy_storage, Factory> &&
                 (!std::convertible_to<Factory, storage_ptr>)
    options& storage(Factory make)
    {
        const lazy_storage made(std::move(make));
        return storage(storage_ptr(made));
    }
    /// With a storage: keeps typed values in this process for at most so long, which bounds how
    /// long a change made by another process may go unseen.
    options& near(coffer::ttl at_most);
    /// The same for as long as the storage vouches for them, which must tell of changes made by
    /// other processes (`capability::pushes`). A time that is given as well is the longest.
    ///
    /// Errors: `std::invalid_argument` from `cached(...)` over a storage that does not.
    options& near(coherent_t);
    /// How many entries this process keeps, and how many errors; 10,000 of each unless said. Zero
    /// keeps none.
    options& capacity(std::size_t entries);
    /// How much this process keeps, by a weigher: any callable `size_t(const R&)`, in any unit. It
    /// weighs the value alone; what else an entry takes (its key, and some 40 bytes) is bounded by
    /// `capacity`, which holds at the same time.
    template <class Weigher>
    options& max_weight(std::size_t most, Weigher weigh)
    {
        bound_weight(most);
        settings_.weigher = hook<std::size_t>(std::move(weigh));
        return *this;
    }

    /// The namespace of its entries and tags in the storage; the nameless one unless said.
    options& namespace_(std::string name);
    options& tenant(std::string name);
    /// Part of the name in the storage: raise it when the meaning of the values changes.
    options& version(std::uint32_t number);
    /// Tags of every value of this function.
    options& tag(std::string name);
    options& clock(coffer::clock time);
    /// Sees every event. Runs on whatever thread an event happens: it must be quick, and must not
    /// throw (what it throws is dropped).
    options& on_event(std::function<void(const function_event&)> handler);

    /// Loads many keys at once: a callable from `std::vector<Key>` to an awaitable of
    /// `std::vector<R>` or `std::vector<outcome<R>>` in the same order. `Key` is the argument, or a
    /// `std::tuple` of the arguments if there are several.
    template <class Loader>
    options& batch(Loader load_many)
    {
        settings_.batch = detail::batch_hook(std::move(load_many));
        return *this;
    }
    /// Makes the argument part of the key in the storage: a callable from the arguments to a
    /// string. Two argument lists with one string are one entry there.
    template <class Maker>
    options& make_key(Maker make)
    {
        settings_.make_key = hook<std::string>(std::move(make));
        return *this;
    }
    /// Values for which it returns false are delivered and not stored: `bool(const R&)`.
    template <class Predicate>
    options& store_if(Predicate worthwhile)
    {
        settings_.store_if = hook<bool>(std::move(worthwhile));
        return *this;
    }

    detail::function_settings&& take() && noexcept { return std::move(settings_); }

private:
    void bound_weight(std::size_t most);

    template <class R, class... A>
    static std::any wrapped(auto function, detail::type_list<A...>)
    {
        return std::function<R(const std::decay_t<A>&...)>(std::move(function));
    }

    template <class R, class F>
    static std::any hook(F function)
    {
        static_assert(detail::plain_callable<F>,
                      "coffer: name the parameter types of this callable (no auto, no overloads)");
        return wrapped<R>(std::move(function), typename detail::call_signature<F>::arguments());
    }

    detail::function_settings settings_;
};

} // namespace coffer
