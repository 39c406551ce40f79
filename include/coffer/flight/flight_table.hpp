// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace coffer::detail {

/// The running loads of a function, by key. Several of one key may run at a time.
///
/// A shard's mutex is what puts fills, puts and invalidations of one key in an order; whoever needs
/// that order holds it over the whole step. Hits never take it.
///
/// `Flight` has `hash()`; `Equal` compares flights' `call()` with keys.
template <class Flight, class Equal>
class flight_table {
    struct hashed {
        using is_transparent = void;
        std::size_t operator()(const std::shared_ptr<Flight>& f) const { return f->hash(); }
        template <class Key>
        std::size_t operator()(const Key& k) const
        {
            return k.hash;
        }
    };
    struct same {
        using is_transparent = void;
        bool operator()(const std::shared_ptr<Flight>& a, const std::shared_ptr<Flight>& b) const
        {
            return a->hash() == b->hash() && Equal()(a->call(), b->call());
        }
        template <class Key>
        bool operator()(const Key& k, const std::shared_ptr<Flight>& f) const
        {
            return k.hash == f->hash() && Equal()(k.call, f->call());
        }
        template <class Key>
        bool operator()(const std::shared_ptr<Flight>& f, const Key& k) const
        {
            return (*this)(k, f);
        }
    };

public:
    /// A key with its hash, as the look-ups below take it.
    template <class Call>
    struct probe {
        const Call& call;
        std::size_t hash;
    };

    class shard {
    public:
        std::mutex mutex;

        // All members below: precondition: the caller holds `mutex`.

        /// The first flight of that key for which `fits`, or null.
        template <class Key, class Fits>
        std::shared_ptr<Flight> find(const Key& key, Fits fits) const
        {
            const auto [first, last] = flights_.equal_range(key);
            for (auto at = first; at != last; ++at)
                if (fits(**at))
                    return *at;
            return nullptr;
        }
        void insert(std::shared_ptr<Flight> flight) { flights_.insert(std::move(flight)); }
        /// Calls `f` on each flight of the key and lets them go.
        template <class Key, class Function>
        void extract(const Key& key, Function f)
        {
            const auto [first, last] = flights_.equal_range(key);
            for (auto at = first; at != last; ++at)
                f(**at);
            flights_.erase(first, last);
        }
        bool erase(const std::shared_ptr<Flight>& flight)
        {
            const auto [first, last] = flights_.equal_range(flight);
            for (auto at = first; at != last; ++at)
                if (*at == flight) {
                    flights_.erase(at);
                    return true;
                }
            return false;
        }
        std::size_t size() const noexcept { return flights_.size(); }

    private:
        std::unordered_multiset<std::shared_ptr<Flight>, hashed, same> flights_;
    };

    shard& at(std::size_t hash) noexcept { return shards_[(hash >> 48) % shards_.size()]; }

    /// All flights at some moment; for diagnosis.
    std::size_t size()
    {
        std::size_t sum = 0;
        for (auto& one : shards_) {
            const std::lock_guard lock(one.mutex);
            sum += one.size();
        }
        return sum;
    }

private:
    std::array<shard, 16> shards_;
};

} // namespace coffer::detail
