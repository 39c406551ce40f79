// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace coffer::detail {

/// A flight's place in a table, which a class of flights derives from.
template <class Flight>
class flight_hook {
protected:
    flight_hook() = default;
    ~flight_hook() = default;

private:
    template <class, class>
    friend class flight_table;

    // All guarded by the mutex of the shard. Not null while it is registered:
    std::shared_ptr<Flight> self_;
    Flight** before_ = nullptr; // what points to it
    Flight* next_ = nullptr;    // of its bucket
};

/// The running loads of a function, by key. Several of one key may run at a time.
///
/// A shard's mutex is what puts fills, puts and invalidations of one key in an order; whoever needs
/// that order holds it over the whole step. Hits never take it.
///
/// `Flight` has `hash()` and derives from its hook, so that to register and to erase take the same
/// time however many loads there are; `Equal` compares flights' `call()` with keys.
template <class Flight, class Equal>
class flight_table {
    using hook = flight_hook<Flight>;

public:
    /// A key with its hash, as the look-ups below take it.
    template <class Call>
    struct probe {
        const Call& call;
        std::size_t hash;
    };

    class shard {
    public:
        shard() = default;
        shard(const shard&) = delete;
        shard& operator=(const shard&) = delete;
        ~shard()
        {
            for (Flight* first : buckets_)
                while (first)
                    first = release(*first);
        }

        std::mutex mutex;

        // All members below: precondition: the caller holds `mutex`.

        /// A flight of that key for which `fits`, the latest one first; or null.
        template <class Key, class Fits>
        std::shared_ptr<Flight> find(const Key& key, Fits fits) const
        {
            if (size_ != 0)
                for (Flight* at = bucket(key.hash); at; at = place(*at).next_)
                    if (same(key, *at) && fits(*at))
                        return place(*at).self_;
            return nullptr;
        }
        void insert(std::shared_ptr<Flight> flight)
        {
            if (size_ == buckets_.size())
                grow();
            ++size_;
            Flight& one = *flight;
            place(one).self_ = std::move(flight);
            link(one);
        }
        /// Calls `f` on each flight of the key and lets them go.
        template <class Key, class Function>
        void extract(const Key& key, Function f)
        {
            for (Flight* at = size_ != 0 ? bucket(key.hash) : nullptr; at;) {
                Flight& one = *std::exchange(at, place(*at).next_);
                if (!same(key, one))
                    continue;
                f(one);
                unlink(one);
            }
        }
        /// False if it is not there any more.
        bool erase(Flight& flight)
        {
            if (!place(flight).self_)
                return false;
            unlink(flight);
            return true;
        }
        std::size_t size() const noexcept { return size_; }

    private:
        static hook& place(Flight& of) noexcept { return of; }
        template <class Key>
        static bool same(const Key& key, const Flight& one)
        {
            return key.hash == one.hash() && Equal()(key.call, one.call());
        }
        // Precondition: there is one.
        Flight* const& bucket(std::size_t hash) const { return buckets_[hash % buckets_.size()]; }
        Flight*& bucket(std::size_t hash) { return buckets_[hash % buckets_.size()]; }

        void link(Flight& one)
        {
            Flight*& first = bucket(one.hash());
            place(one).before_ = &first;
            place(one).next_ = first;
            if (first)
                place(*first).before_ = &place(one).next_;
            first = &one;
        }
        void unlink(Flight& one)
        {
            *place(one).before_ = place(one).next_;
            if (place(one).next_)
                place(*place(one).next_).before_ = place(one).before_;
            --size_;
            release(one);
        }
        // Lets it go; returns what comes after it.
        static Flight* release(Flight& one) noexcept
        {
            Flight* const next = place(one).next_;
            const auto last = std::move(place(one).self_);
            return next;
        }
        // At least one bucket for each flight: of different keys few meet in one.
        void grow()
        {
            std::vector<Flight*> old(std::max<std::size_t>(8, 2 * buckets_.size()));
            old.swap(buckets_);
            for (Flight* at : old)
                while (at)
                    link(*std::exchange(at, place(*at).next_));
        }

        std::vector<Flight*> buckets_; // a power of two of them, or none yet
        std::size_t size_ = 0;
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
