// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/flight/chain.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace coffer::detail {

/// Runs the functions of one load one at a time, in their order, on an executor.
///
/// As a strand of Asio, but one allocation, with a handle so small that `any_io_executor` holds it
/// in place: Asio asks for properties of an executor a dozen times for each coroutine, and each
/// answer is a new executor.
///
/// Threads: all members may be called from any thread.
class load_strand : public std::enable_shared_from_this<load_strand> {
public:
    /// A function that waits for its turn; whoever runs or drops it destroys it.
    class step {
    public:
        step(const step&) = delete;
        step& operator=(const step&) = delete;

        void run() { end_(this, true); }
        void drop() noexcept { end_(this, false); }

    protected:
        using end_function = void (*)(step*, bool run);
        explicit step(end_function end) noexcept : end_(end) {}
        ~step() = default;

    private:
        friend class load_strand;
        end_function end_;
        step* next_ = nullptr;
    };

    load_strand(asio::any_io_executor inner, std::shared_ptr<const load_link> link);
    ~load_strand() = default; // precondition: no step waits; its turn would share the strand
    load_strand(const load_strand&) = delete;
    load_strand& operator=(const load_strand&) = delete;

    const asio::any_io_executor& inner() const noexcept { return inner_; }
    const std::shared_ptr<const load_link>& link() const noexcept { return link_; }

    /// True inside of a step.
    bool running_here() const noexcept;
    /// Takes the step and runs it later; at once, at best, if it may run inside this call.
    enum class when : std::uint8_t { any, later };
    void push(step& one, when moment);
    /// Runs `first` at once, on the caller's thread, as if it were a step; what it pushes follows
    /// on the executor. Precondition: nobody has pushed anything yet.
    void begin(const std::function<void()>& first);

    /// The execution context counts as busy until as many calls of `let_go`.
    void keep_busy();
    /// The same where it is kept busy already.
    void keep_busy_too() noexcept { ++busy_; }
    void let_go() noexcept;

private:
    class turn;

    step* turning() noexcept { return &no_step_; }
    void run_turn();
    void end_turn();
    void drop_all() noexcept;
    step* take_waiting() noexcept;

    const asio::any_io_executor inner_;
    const asio::any_io_executor posting_; // the same, and never runs a function inside the call
    const std::shared_ptr<const load_link> link_;

    step no_step_{nullptr}; // marks the end of a row
    // The steps that wait, the last one first. Null: there is no turn, so whoever pushes starts
    // one. Ends with `turning()` while a turn runs or is on its way.
    std::atomic<step*> waiting_{nullptr};
    step* ready_ = nullptr; // of the turn, in their order

    std::mutex mutex_;
    asio::any_io_executor work_;       // set while busy
    std::atomic<std::size_t> busy_{0}; // rises from zero under the mutex
};

/// A step that calls a function; its room is recycled.
template <class Function>
class step_of final : public load_strand::step {
    using allocator = asio::recycling_allocator<step_of>;

public:
    template <class From>
    static step_of* make(From&& function)
    {
        step_of* room = allocator().allocate(1);
        try {
            return new (room) step_of(std::forward<From>(function));
        } catch (...) {
            allocator().deallocate(room, 1);
            throw;
        }
    }

private:
    template <class From>
    explicit step_of(From&& function) : step(&end), function_(std::forward<From>(function))
    {}

    // The room goes first, so that the function's next post finds it.
    static void end(step* one, bool run)
    {
        auto* self = static_cast<step_of*>(one);
        Function function(std::move(self->function_));
        self->~step_of();
        allocator().deallocate(self, 1);
        if (run)
            std::move(function)();
    }

    Function function_;
};

/// The executor of a load: behaves as its strand, and carries its link.
class load_executor {
public:
    explicit load_executor(std::shared_ptr<load_strand> strand) noexcept
        : strand_(std::move(strand))
    {}
    load_executor(const load_executor& other) noexcept
        : strand_(other.strand_), when_(other.when_), tracked_(other.tracked_)
    {
        if (tracked_)
            strand_->keep_busy_too();
    }
    load_executor(load_executor&&) noexcept = default; // the other one has no strand any more
    load_executor& operator=(load_executor other) noexcept
    {
        strand_.swap(other.strand_);
        std::swap(when_, other.when_);
        std::swap(tracked_, other.tracked_);
        return *this;
    }
    ~load_executor()
    {
        if (tracked_ && strand_)
            strand_->let_go();
    }

    const std::shared_ptr<load_strand>& strand() const noexcept { return strand_; }

    template <class Function>
    void execute(Function&& function) const
    {
        using stored = std::decay_t<Function>;
        if (when_ == load_strand::when::any && strand_->running_here()) {
            const scope_mark mark(strand_->link().get()); // another load's step may be in between
            stored now(std::forward<Function>(function));
            std::move(now)();
            return;
        }
        strand_->push(*step_of<stored>::make(std::forward<Function>(function)), when_);
    }

    asio::execution_context& query(asio::execution::context_t) const noexcept
    {
        return context_of(strand_->inner());
    }
    // Without these two Asio takes it for untracked, and possibly blocking, whatever it is.
    asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept
    {
        if (when_ == load_strand::when::any)
            return asio::execution::blocking.possibly;
        return asio::execution::blocking.never;
    }
    asio::execution::outstanding_work_t query(asio::execution::outstanding_work_t) const noexcept
    {
        if (tracked_)
            return asio::execution::outstanding_work.tracked;
        return asio::execution::outstanding_work.untracked;
    }
    load_executor require(asio::execution::blocking_t::never_t) const noexcept
    {
        load_executor made(*this);
        made.when_ = load_strand::when::later;
        return made;
    }
    load_executor require(asio::execution::blocking_t::possibly_t) const noexcept
    {
        load_executor made(*this);
        made.when_ = load_strand::when::any;
        return made;
    }
    load_executor require(asio::execution::outstanding_work_t::tracked_t) const
    {
        load_executor made(*this);
        if (!made.tracked_)
            strand_->keep_busy();
        made.tracked_ = true;
        return made;
    }
    load_executor require(asio::execution::outstanding_work_t::untracked_t) const noexcept
    {
        load_executor made(strand_);
        made.when_ = when_;
        return made;
    }

    friend bool operator==(const load_executor& a, const load_executor& b) noexcept
    {
        return a.strand_ == b.strand_;
    }
    friend bool operator!=(const load_executor& a, const load_executor& b) noexcept
    {
        return !(a == b);
    }

private:
    std::shared_ptr<load_strand> strand_; // null after a move
    load_strand::when when_ = load_strand::when::any;
    bool tracked_ = false;
};

/// Runs `function` on the strand of that load, later.
template <class Function>
void push_step(const asio::any_io_executor& load, Function&& function)
{
    using step = step_of<std::decay_t<Function>>;
    load.target<load_executor>()->strand()->push(*step::make(std::forward<Function>(function)),
                                                 load_strand::when::later);
}

/// Suspends a coroutine of that load until the next turn of its strand: a post, with less ado.
inline auto next_turn(const asio::any_io_executor& load)
{
    const auto initiate = [](auto handler, const asio::any_io_executor* on) {
        push_step(*on, std::move(handler));
    };
    return asio::async_initiate<const asio::deferred_t, void()>(initiate, asio::deferred, &load);
}

/// A new strand on `executor` that carries `link`.
asio::any_io_executor linked_strand(const asio::any_io_executor& executor,
                                    std::shared_ptr<const load_link> link);
/// `load_strand::begin` of the strand that `linked_strand` made.
void begin_in(asio::any_io_executor strand, const std::function<void()>& first);

} // namespace coffer::detail
