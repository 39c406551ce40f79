// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/answer.hpp>
#include <coffer/cached/batch.hpp>
#include <coffer/cached/call_terms.hpp>
#include <coffer/cached/function_base.hpp>
#include <coffer/cached/keyed_flight.hpp>
#include <coffer/cached/near_tier.hpp>
#include <coffer/cached/outcome.hpp>
#include <coffer/core/codec.hpp>
#include <coffer/flight/flight_table.hpp>
#include <coffer/flight/flight_wait.hpp>
#include <coffer/flight/load_strand.hpp>
#include <coffer/flight/waits.hpp>
#include <coffer/load_context.hpp>
#include <coffer/net/with_deadline.hpp>
#include <coffer/transaction_scope.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace coffer::detail {

[[noreturn]] inline void raise(boost::system::error_code code, const std::string& who)
{
    throw boost::system::system_error(code, "cached function '" + who + "'");
}

/// The typed half of a cached function: near tier, running loads, loader.
///
/// The mutex of a key's flight shard puts fills, puts and invalidations of that key in an order;
/// the storage, if there is one, is always written before the near tier.
///
/// Bodies: `function_make.hpp` (construction), `function_look.hpp` (a call), `function_answer.hpp`,
/// `function_load.hpp` (a load), `function_many.hpp` and `function_batch.hpp` (many keys),
/// `function_change.hpp`.
template <class R, class... Args>
class function_core final : public function_base,
                            public std::enable_shared_from_this<function_core<R, Args...>> {
public:
    using ptr = std::shared_ptr<function_core>;
    using ref = call_ref<Args...>;
    using arguments = std::tuple<Args...>;
    using loader_type = std::function<asio::awaitable<R>(load_context&, const Args&...)>;
    using flight_type = keyed_flight<R, Args...>;
    using flight_ptr = std::shared_ptr<flight_type>;
    using near_type = near_tier<R, Args...>;
    using batch_key =
        std::conditional_t<sizeof...(Args) == 1,
                           std::tuple_element_t<0, std::tuple<Args..., void*>>, arguments>;

    function_core(std::string name, loader_type load, function_settings settings);

    /// What a call asks for, once it missed: owns all it needs.
    class request {
    public:
        request(const place& in, arguments of, call_terms on)
            : where(&in), args(std::move(of)), terms(on)
        {}
        ref call() const
        {
            return {where, std::apply([](const Args&... a) { return std::tie(a...); }, args)};
        }

        const place* where;
        arguments args;
        call_terms terms;
        std::shared_ptr<const transaction_scope> scope; // null: not in a transaction
        bool refresh = false;                           // load whatever is there
    };

    /// A near hit without any ado; false where only `obtain` can tell.
    template <class Take>
    bool hit(const ref& call, const call_terms& terms, Take take)
    {
        if (!near_ || closed())
            return false;
        if (!near_->hit(call, terms, take))
            return false;
        if (watched()) [[unlikely]]
            tell(event_kind::hit);
        return true;
    }

    /// `Result` is `R` or `answer<R>`.
    template <class Result, class Executor>
    static asio::awaitable<Result, Executor> obtain(ptr self, request asked);
    static asio::awaitable<std::optional<R>> find(ptr self, request asked);
    static asio::awaitable<std::optional<R>> find_stored(ptr self, request asked);
    static asio::awaitable<std::vector<outcome<R>>>
    obtain_many(ptr self, const place& where, std::vector<arguments> all, call_terms terms,
                std::shared_ptr<const transaction_scope> scope);
    /// A fresh value of the near tier. Counts as nothing.
    std::optional<R> peek(const ref& call, const call_terms& terms);
    bool touched_in(const transaction_scope& scope, const request& asked) const;
    bool keeps_versions() const
    {
        return settings_.store && settings_.store->able().has(capability::floors);
    }
    /// Tells this function from all others of the process.
    std::string identity() const
    {
        return std::to_string(reinterpret_cast<std::uintptr_t>(this)) + '/';
    }

    static asio::awaitable<void> put(ptr self, request at, R value, load_context::said said);
    static asio::awaitable<void> invalidate(ptr self, request at, invalidation mode,
                                            std::optional<std::uint64_t> floor);
    static asio::awaitable<void> bump(ptr self, const place& where, std::string tag,
                                      invalidation mode);
    static asio::awaitable<void> clear(ptr self, const place& where);
    static asio::awaitable<void> close(ptr self);

    storage_key key_of(const place& where, const arguments& args) const;
    /// What a transaction that changed any of the function's entries touches.
    static std::string touch_group(const place& where)
    {
        return where.path.space() + ':' + where.path.group();
    }
    function_stats stats();
    std::vector<R> near_values(const place& where)
    {
        return near_ ? near_->values(where) : std::vector<R>();
    }
    std::size_t flights() { return flights_.size(); }
    void check_invariants()
    {
        if (near_)
            near_->check_invariants();
        if (flights_.size() != 0 || tasks.running() != 0 || counters.loads_running != 0)
            throw std::logic_error("coffer: cached function '" + name() +
                                   "' still loads something");
    }

private:
    using table = flight_table<flight_type, call_equal>;
    using batch_type = batch_loader<R, batch_key>;

    /// The outcome of a first look: an answer, or a flight to wait for.
    class begun {
    public:
        begun() = default;
        begun(begun&&) = default;
        std::optional<answer<R>> ready;
        flight_ptr flight; // entered already, unless there is an answer
        wait_edge edge;
        bool started = false;
        // What the flight had behind it when it was joined:
        bool late = false;                        // a tag was bumped after its capture
        bool settling = false;                    // its value was on its way into the storage
        std::optional<background::place> counted; // of a flight that is not started yet
        std::exception_ptr failure;               // instead of all that, for one of many keys
    };
    /// What the near tier has, fresh or not.
    class sight {
    public:
        typename near_type::freshness state = near_type::freshness::unusable;
        std::shared_ptr<const R> value;
        std::string validator;
        std::vector<std::string> tags;
        clock::steady_time loaded{};
        std::uint64_t sequence = 0; // of the place's markers, before the look
    };
    /// A waiter's way out, however it leaves.
    class seat {
    public:
        seat(function_core& in, flight_ptr at) : core_(in), flight_(std::move(at)) {}
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;
        ~seat() { core_.left(flight_); }

    private:
        function_core& core_;
        flight_ptr flight_;
    };
    /// The end of a flight's coroutine, also when its context destroys it, begun or not.
    class landing {
    public:
        landing(ptr in, flight_ptr of) : core_(std::move(in)), flight_(std::move(of)) {}
        landing(landing&&) = default;
        landing& operator=(landing&&) = delete;
        ~landing()
        {
            if (!flight_)
                return;
            core_->unregister(flight_);
            flight_->limit.reset();
            flight_->land();
        }

    private:
        ptr core_;
        flight_ptr flight_; // null after a move
    };
    /// What a load found in the storage, and may do there.
    class stored_part {
    public:
        storage_key key;
        lease grant;
        coherence_ticket ticket; // from before what was asked last; for near(coherent)
        bool may_fill = false;
        bool failed = false;   // the storage did not answer: as if there were none
        bool answered = false; // the flight's callers have an answer
        bool over = false;     // there is nothing to load
    };

    /// What a load made, and what is to become of it.
    class loaded_part {
    public:
        loaded_part(const function_core& in, R made, load_context::said spoken,
                    std::chrono::nanoseconds lasted)
            : value(std::move(made)), said(std::move(spoken)), took(lasted)
        {
            for (const auto& tag : in.settings_.tags)
                said.add(tag);
            lasting = in.lifetime(said);
        }

        /// Takes in what the storage made of the fill; absent: it failed, which is no refusal.
        /// `from` is from before it.
        void filled(std::optional<fill_state> state, const coherence_ticket& from) noexcept
        {
            lost = state && *state != fill_state::stored;
            vouched = !lost;
            if (state && !lost)
                ticket = from;
        }

        R value;
        load_context::said said;
        std::chrono::nanoseconds took;
        ttl lasting;
        coherence_ticket ticket; // of what the storage took
        bool wanted = false;     // to be stored
        bool lost = false;       // the storage refused it
        bool vouched = false;    // the storage took it, or can't be asked
        bool poisoned = false;   // the key was invalidated meanwhile
    };

    // -- a first look (function_look.hpp) ------------------------------------------------------
    begun begin(const request& asked, const asio::any_io_executor& executor);
    begun begin_shared(const request& asked, const asio::any_io_executor& executor,
                       const std::shared_ptr<const load_link>& parent);
    begun begin_alone(const request& asked, const asio::any_io_executor& executor,
                      const std::shared_ptr<const load_link>& parent,
                      std::shared_ptr<const transaction_scope> scope);
    void take_part(begun& step, const request& asked) const;
    void finish_begin(begun& step, const std::shared_ptr<const load_link>& parent);
    void refuse_recursion(const load_link* chain, const ref& call) const;
    void throw_remembered(const request& asked);
    sight look_near(const request& asked);
    void answer_from(const sight& seen, const request& asked, begun& step) const;
    template <class Make>
    void launch(begun& step, const sight& seen, const request& asked, Make make);
    void note_begin(const begun& step) noexcept;
    void refuse_overload() const;
    void throw_if_cancelled(asio::cancellation_type how);
    flight_terms shared_terms(const request& asked) const;
    flight_ptr joinable(typename table::shard& shard, const request& asked, std::size_t hash,
                        const flight_terms& terms) const;
    flight_ptr make_flight(const request& asked, std::size_t hash, flight_terms terms,
                           const asio::any_io_executor& executor,
                           std::shared_ptr<const load_link> parent,
                           std::shared_ptr<const transaction_scope> scope);
    bool outdated(const begun& step, std::uint64_t since) const;
    void left(const flight_ptr& flight) noexcept;
    void unregister(const flight_ptr& flight) noexcept;
    answer<R> answer_of(bool started, const outcome<answer<R>>& result);
    void count_answer(bool started, source from) noexcept;
    std::chrono::milliseconds age_since(clock::steady_time loaded) const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now() - loaded);
    }

    // -- a load (function_load.hpp) ------------------------------------------------------------
    void start(const flight_ptr& flight, background::place counted);
    static asio::awaitable<void> run(ptr self, flight_ptr flight, background::place counted,
                                     landing end);
    void limit(const flight_ptr& flight);
    static asio::awaitable<void> ask_storage(ptr self, flight_ptr flight, stored_part& part);
    static asio::awaitable<void> use(ptr self, flight_ptr flight, stored_part& part,
                                     std::optional<acquired> got);
    static asio::awaitable<void> settle(ptr self, flight_ptr flight, stored_part& part,
                                        loaded_part& loaded);
    asio::awaitable<R> invoke(load_context& context, const flight_type& flight);
    void accept(flight_type& flight, const stored_entry& found, bool fresh, stored_part& part);
    void failed(flight_type& flight, const std::exception_ptr& failure);
    void overdue(flight_type& flight) noexcept;
    void decide(flight_type& flight, const stored_part& part, loaded_part& loaded);
    void remember(flight_type& flight, const std::exception_ptr& failure);
    bool keep_near(flight_type& flight, near_value<R> value, ttl kept);
    std::optional<entry> entry_of(const loaded_part& loaded);
    entry encoded(const loaded_part& loaded) const;
    void deliver(flight_type& flight, loaded_part loaded);
    near_value<R> near_of(const R& value, std::uint64_t captured, const load_context::said& said,
                          const coherence_ticket& ticket) const;
    ttl near_lifetime(near_value<R>& value, ttl lifetime, std::chrono::milliseconds grace) const;
    std::optional<R> decoded(const stored_entry& found);

    // -- many keys (function_many.hpp) ---------------------------------------------------------
    class many;
    class batch_run;
    using batch_ptr = std::shared_ptr<batch_run>;
    template <class Begin>
    begun try_begin(Begin begin);
    std::vector<std::size_t> take_hits(many& keys);
    [[noreturn]] void fail_many(const many& keys, const std::exception_ptr& failure);
    void take_seat(many& keys, std::size_t i, begun step, std::deque<seat>& seats);
    begun begin_in_batch(const request& asked, batch_run& batch);
    flight_ptr add_flight(const request& asked, std::size_t hash, flight_terms terms,
                          batch_run& batch);
    batch_ptr make_batch(const asio::any_io_executor& executor,
                         std::shared_ptr<const load_link> parent);
    void start_batch(batch_ptr batch, background::place counted);
    void limit_batch(const batch_ptr& batch);
    static asio::awaitable<void> join_batch(ptr self, std::shared_ptr<many> keys,
                                            std::vector<std::size_t> missing);
    static asio::awaitable<void> join_each(ptr self, std::shared_ptr<many> keys,
                                           std::vector<std::size_t> missing);
    static asio::awaitable<outcome<R>> result_of(ptr self, std::shared_ptr<many> keys,
                                                 std::size_t i);
    static asio::awaitable<outcome<R>> result_again(ptr self, request asked);
    static asio::awaitable<void> run_batch(ptr self, batch_ptr batch, background::place counted,
                                           std::vector<landing> ends);
    static asio::awaitable<void> ask_storage_many(ptr self, batch_ptr batch);
    bool set_aside(batch_run& batch, const flight_ptr& flight, const std::optional<acquired>& got);
    static asio::awaitable<void> next_round(ptr self, batch_ptr batch);
    static asio::awaitable<std::vector<std::optional<acquired>>> acquire_many(ptr self,
                                                                              batch_ptr batch);
    static batch_key batch_key_of(const arguments& args)
    {
        if constexpr (sizeof...(Args) == 1)
            return std::get<0>(args);
        else
            return args;
    }
    loaded_part taken(flight_type& flight, const stored_part& part, R value,
                      std::chrono::nanoseconds took);
    static asio::awaitable<void> load_many(ptr self, batch_ptr batch);
    static asio::awaitable<void>
    fill_many(ptr self, batch_ptr batch,
              std::shared_ptr<std::vector<std::optional<loaded_part>>> loaded);

    // -- changes (function_change.hpp)
    // -----------------------------------------------------------------------
    void forget_cleared();
    template <class Change>
    void change_locally(const ref& call, Change change);

    std::size_t hash_of(const ref& call) const { return call_hash()(call); }
    bool shares() const noexcept { return !settings_.allow_concurrent; }
    /// Whether what others change may go unseen for a time.
    bool is_lenient() const noexcept { return near_ && !settings_.near_coherent; }

    const loader_type load_;
    const std::function<std::string(const Args&...)> make_key_;
    const std::function<bool(const R&)> store_if_;
    const batch_type batch_;
    std::unique_ptr<near_type> near_; // null: a storage only
    std::unique_ptr<memory_cache<near_key<Args...>, std::exception_ptr, call_hash, call_equal>>
        errors_; // null: errors are not remembered
    table flights_;
    std::atomic<std::uint64_t> launched_{0}; // flights so far
};

} // namespace coffer::detail

#include <coffer/cached/function_answer.hpp>
#include <coffer/cached/function_batch.hpp>
#include <coffer/cached/function_change.hpp>
#include <coffer/cached/function_load.hpp>
#include <coffer/cached/function_look.hpp>
#include <coffer/cached/function_make.hpp>
#include <coffer/cached/function_many.hpp>
