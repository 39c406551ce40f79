// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/answer.hpp>
#include <coffer/cached/call_key.hpp>
#include <coffer/cached/outcome.hpp>
#include <coffer/flight/flight.hpp>
#include <coffer/flight/flight_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace coffer::detail {

/// How a flight came to be, fixed at its start.
struct flight_terms {
    bool shared = true; ///< others may join
    bool stores = true; ///< the value goes into near tier and storage
    bool asks_storage = true;
    bool cancellable = true; ///< somebody waits, and it alone is what a cancellation would stop
    std::optional<std::chrono::milliseconds> max_age; ///< of what the storage may answer
};

/// The place of such a load among the loads, with what it loads.
template <class... Args>
class call_link final : public load_link {
public:
    call_link(std::shared_ptr<const load_link> parent,
              std::shared_ptr<const transaction_scope> scope, const void* function, const place& in,
              std::tuple<Args...> of)
        : load_link(std::move(parent), std::move(scope), function), where(in), args(std::move(of))
    {}

    call_ref<Args...> call() const
    {
        return {&where, std::apply([](const Args&... a) { return std::tie(a...); }, args)};
    }

    const place& where;
    const std::tuple<Args...> args;
};

/// The place of a batch load among the loads, with the keys that it loads.
template <class... Args>
class batch_link final : public load_link {
public:
    using load_link::load_link;

    /// Before the load begins.
    void add(std::shared_ptr<const call_link<Args...>> one) { keys_.push_back(std::move(one)); }
    bool loads(const call_ref<Args...>& call) const
    {
        return std::any_of(keys_.begin(), keys_.end(),
                           [&](const auto& one) { return call_equal()(one->call(), call); });
    }

private:
    std::vector<std::shared_ptr<const call_link<Args...>>> keys_;
};

/// A running load of one key of a function.
template <class R, class... Args>
class keyed_flight final : public flight_base, public flight_hook<keyed_flight<R, Args...>> {
public:
    /// `runs_in` is the load that makes the value: of this key alone, or of a batch.
    keyed_flight(std::shared_ptr<const call_link<Args...>> of, std::size_t hash, flight_terms how,
                 const clock& time, clock::steady_time deadline, asio::any_io_executor runs_on,
                 std::shared_ptr<const load_link> runs_in)
        : flight_base(time, deadline, std::move(runs_on), std::move(runs_in)), terms(how),
          captured(of->where.markers().sequence()), hash_(hash), call_(std::move(of))
    {}

    std::size_t hash() const noexcept { return hash_; }
    const place& where() const noexcept { return call_->where; }
    const std::tuple<Args...>& args() const noexcept { return call_->args; }
    call_ref<Args...> call() const { return call_->call(); }

    /// `tags` are those of the value.
    bool deliver(answer<R> value, std::vector<std::string> tags)
    {
        const auto store = [&] {
            tags_ = std::move(tags);
            result_.emplace(std::move(value));
        };
        return finish(phase::done, std::ref(store)); // by reference: nothing to allocate
    }
    bool fail(std::exception_ptr failure)
    {
        const auto store = [&] { result_.emplace(std::move(failure)); };
        return finish(phase::done, std::ref(store));
    }
    /// Precondition: the flight is done; from then on the result does not change.
    const outcome<answer<R>>& result() const noexcept { return *result_; }
    const std::vector<std::string>& tags() const noexcept { return tags_; }

    const flight_terms terms;
    const std::uint64_t captured; // of the place's markers, before the load

    /// Counts the flights of its function: it began after every call that saw a smaller one.
    std::uint64_t number = 0;

    // Guarded by the mutex of the flight's table shard.
    bool poisoned = false;
    bool settling = false; // the value is on its way into the storage

    // Written by the load before it delivers, read by those who waited.
    bool doubtful = false; // no storage vouches for the value: the key may have changed meanwhile

    // For the load's own strand: the value with its tags, while it is on its way into the storage.
    const R* made = nullptr;
    const std::vector<std::string>* made_tags = nullptr;

    /// Notes a stale value that the load may keep or fall back on. For the starter of the flight,
    /// before it is registered, and its own coroutine.
    void look_back(std::shared_ptr<const R> value, std::string validator,
                   std::vector<std::string> tags, clock::steady_time loaded)
    {
        previous = std::move(value);
        previous_validator = std::move(validator);
        previous_tags = std::move(tags);
        previous_loaded = loaded;
    }
    std::shared_ptr<const R> previous;
    std::string previous_validator;
    std::vector<std::string> previous_tags;
    clock::steady_time previous_loaded{};
    std::optional<timer> limit; // its deadline

private:
    const std::size_t hash_;
    const std::shared_ptr<const call_link<Args...>> call_;
    std::optional<outcome<answer<R>>> result_;
    std::vector<std::string> tags_;
};

} // namespace coffer::detail
