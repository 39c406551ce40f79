// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached/function_base.hpp>

#include <coffer/core/jitter.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace coffer::detail {
namespace {

using namespace std::chrono_literals;

} // namespace

bool is_cancellation(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

function_base::function_base(std::string name, function_settings settings)
    : settings_(std::move(settings)), name_(std::move(name)),
      places_(name_, settings_.version, settings_.tenant, settings_.space, settings_.store)
{}

void function_base::require_open() const
{
    if (closed())
        throw boost::system::system_error(errc::closed, "cached function '" + name_ + "'");
}

std::string function_base::describe() const
{
    std::string text = "cached function '" + name_ + "' over ";
    const bool near = !settings_.store || settings_.near_given;
    if (near)
        text += "near tier of " + std::to_string(settings_.capacity) + " entries";
    if (near && settings_.store)
        text += " and ";
    if (settings_.store)
        text += settings_.store->describe();
    return text;
}

void function_base::tell(event_kind what, std::exception_ptr failure,
                         std::chrono::nanoseconds took) const noexcept
{
    if (!settings_.on_event)
        return;
    function_event one(what, name_);
    one.failure = std::move(failure);
    one.took = took;
    try {
        settings_.on_event(one);
    } catch (...) { // an observer must not change what it observes
    }
}

ttl function_base::lifetime(const load_context::said& said) const
{
    return jitter().shorten(said.lifetime.or_else(settings_.lifetime), settings_.jitter);
}

ttl function_base::error_lifetime() const
{
    return jitter().shorten(settings_.error_lifetime, settings_.jitter);
}

// One lease lasts as long as the load may: a holder that is alive needs no renewal, and after a
// holder that died others load without storing until it is over.
std::chrono::milliseconds function_base::lease_for() const noexcept
{
    return settings_.load_deadline + 1s;
}

// What the storage aborts by itself is a failure of the storage; what we are told to abort is not.
asio::awaitable<void> function_base::storage_failed(std::exception_ptr failure)
{
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool told = state.cancelled() != asio::cancellation_type::none;
    if (settings_.fail_closed || (told && is_cancellation(failure)))
        std::rethrow_exception(failure);
    count(counters.storage_errors);
    tell(event_kind::storage_error, failure);
}

asio::awaitable<std::optional<acquired>>
function_base::acquire(storage_key key, std::optional<std::chrono::milliseconds> max_age,
                       coherence_ticket* before)
{
    lease_terms terms(lease_for());
    if (max_age)
        terms.accept_age(*max_age);
    const auto until = later(now(), settings_.lease_wait);
    std::exception_ptr failure;
    try {
        for (;;) {
            *before = ticket_for(key);
            acquired got = co_await settings_.store->acquire(key, terms);
            const bool wait = got.state == acquired_state::busy && !got.found && now() < until;
            if (!wait)
                co_return got;
            if (terms.waker) {
                const auto again = std::max<std::chrono::milliseconds>(1ms, got.retry_after);
                co_await terms.waker->wait_until(settings_.time,
                                                 std::min(until, later(now(), again)));
            }
            terms.wake(event()); // only who has to wait asks to be woken
        }
    } catch (...) {
        failure = std::current_exception();
    }
    auto judging = storage_failed(std::move(failure));
    co_await std::move(judging);
    co_return std::nullopt;
}

asio::awaitable<std::optional<fill_state>> function_base::fill(storage_key key, lease grant,
                                                               entry value)
{
    std::exception_ptr failure;
    try {
        const fill_state state =
            co_await settings_.store->fill(std::move(key), grant, std::move(value));
        co_return state;
    } catch (...) {
        failure = std::current_exception();
    }
    count(counters.storage_errors); // a fill that fails is never the caller's problem
    tell(event_kind::storage_error, failure);
    co_return std::nullopt;
}

asio::awaitable<std::vector<acquired>>
function_base::acquire_all(std::vector<storage_key> keys,
                           std::optional<std::chrono::milliseconds> max_age,
                           std::optional<event> waker)
{
    lease_terms terms(lease_for());
    if (max_age)
        terms.accept_age(*max_age);
    if (waker)
        terms.wake(std::move(*waker));
    std::exception_ptr failure;
    try {
        auto got = co_await settings_.store->acquire_many(std::move(keys), terms);
        co_return got;
    } catch (...) {
        failure = std::current_exception();
    }
    auto judging = storage_failed(std::move(failure));
    co_await std::move(judging);
    co_return std::vector<acquired>();
}

asio::awaitable<std::vector<fill_state>> function_base::fill_all(std::vector<storage_key> keys,
                                                                 std::vector<lease> grants,
                                                                 std::vector<entry> values)
{
    std::exception_ptr failure;
    try {
        auto states = co_await settings_.store->fill_many(std::move(keys), std::move(grants),
                                                          std::move(values));
        co_return states;
    } catch (...) {
        failure = std::current_exception();
    }
    count(counters.storage_errors);
    tell(event_kind::storage_error, failure);
    co_return std::vector<fill_state>();
}

asio::awaitable<void> function_base::give_up(storage_key key, lease grant)
{
    std::exception_ptr failure;
    try {
        co_await settings_.store->abandon(std::move(key), grant);
        co_return;
    } catch (...) {
        failure = std::current_exception();
    }
    count(counters.storage_errors);
    tell(event_kind::storage_error, failure);
}

asio::awaitable<std::optional<stored_entry>> function_base::peek_storage(storage_key key)
{
    std::exception_ptr failure;
    try {
        auto found = co_await settings_.store->get(std::move(key));
        co_return found;
    } catch (...) {
        failure = std::current_exception();
    }
    auto judging = storage_failed(std::move(failure));
    co_await std::move(judging);
    co_return std::nullopt;
}

void check_settings(const std::string& name, const function_settings& settings, bool has_codec)
{
    const std::string who = "coffer: cached function '" + name + "': ";
    if (name.empty())
        throw std::invalid_argument(
            "coffer: a cached function needs a name, which must not be empty");
    if (!settings.store) {
        if (settings.near_given)
            throw std::invalid_argument(who + "near(ttl) bounds how long a storage's entry is "
                                              "trusted; without storage(...) use ttl(...)");
        if (settings.make_key.has_value())
            throw std::invalid_argument(who + "make_key(...) names entries of a storage; give it "
                                              "one with storage(...)");
        return;
    }
    if (settings.near_coherent && !settings.store->able().has(capability::pushes))
        throw std::invalid_argument(who +
                                    "near(coherent) needs a storage that tells of changes "
                                    "made by other processes; " +
                                    settings.store->describe() + " does not; use near(duration)");
    const bool bounds_near =
        settings.max_weight > 0 || settings.time_to_idle.is_finite(); // the storage has its own
    if (bounds_near && !settings.near_given)
        throw std::invalid_argument(who + "max_weight(...) and time_to_idle(...) bound the near "
                                          "tier, which there is over a storage only with "
                                          "near(duration)");
    if (!has_codec)
        throw std::invalid_argument(who + "its value type has no codec, which a storage needs; "
                                          "include <coffer/json.hpp> if it has nlohmann's to_json "
                                          "and from_json, or specialise coffer::codec");
    const bool grace_unknown =
        settings.grace.count() > 0 && !settings.store->able().has(capability::grace);
    if (grace_unknown)
        throw std::invalid_argument(who + "grace(...) needs a storage that keeps stale entries; " +
                                    settings.store->describe() + " does not");
    if (!settings.tags.empty() && !settings.store->able().has(capability::tags))
        throw std::invalid_argument(who + "tag(...) needs a storage with tags; " +
                                    settings.store->describe() + " has none");
}

} // namespace coffer::detail
