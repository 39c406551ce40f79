// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/load_strand.hpp>

#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>

namespace coffer::detail {
namespace {

/// The strands whose steps run on this thread, the innermost first.
class inside {
public:
    explicit inside(const load_strand& strand) noexcept
        : strand_(strand), outer_(top), mark_(strand.link().get())
    {
        top = this;
    }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    ~inside() { top = outer_; }

    static bool of(const load_strand& strand) noexcept
    {
        for (const inside* at = top; at; at = at->outer_)
            if (&at->strand_ == &strand)
                return true;
        return false;
    }

private:
    static inline thread_local const inside* top = nullptr;

    const load_strand& strand_;
    const inside* outer_;
    const scope_mark mark_;
};

} // namespace

// What the inner executor gets to run. If it destroys it instead, as the end of a context does, the
// steps are destroyed as well: they may hold the strand.
class load_strand::turn {
public:
    explicit turn(std::shared_ptr<load_strand> of) noexcept : strand_(std::move(of)) {}
    turn(turn&&) noexcept = default;
    turn& operator=(turn&&) = delete;
    ~turn()
    {
        if (strand_)
            strand_->drop_all();
    }
    void operator()()
    {
        const auto strand = std::move(strand_);
        strand->run_turn();
    }

private:
    std::shared_ptr<load_strand> strand_;
};

load_strand::load_strand(asio::any_io_executor inner, std::shared_ptr<const load_link> link)
    : inner_(std::move(inner)), posting_(asio::require(inner_, asio::execution::blocking.never)),
      link_(std::move(link))
{}

bool load_strand::running_here() const noexcept
{
    return inside::of(*this);
}

void load_strand::push(step& one, when moment)
{
    step* before = waiting_.load();
    do
        one.next_ = before ? before : turning();
    while (!waiting_.compare_exchange_weak(before, &one));
    if (!before)
        (moment == when::any ? inner_ : posting_).execute(turn(shared_from_this()));
}

void load_strand::begin(const std::function<void()>& first)
{
    waiting_.store(turning());
    try {
        const inside here(*this);
        first();
    } catch (...) {
        end_turn();
        throw;
    }
    end_turn();
}

// Only what waits now: a load that keeps posting lets others run in between.
void load_strand::run_turn()
{
    if (!ready_)
        ready_ = take_waiting();
    try {
        const inside here(*this);
        while (ready_)
            std::exchange(ready_, ready_->next_)->run();
    } catch (...) { // from a handler, for whoever runs the context
        end_turn();
        throw;
    }
    end_turn();
}

// Takes what waits, in its order; the turn goes on.
load_strand::step* load_strand::take_waiting() noexcept
{
    step* turned = nullptr;
    for (step* at = waiting_.exchange(turning()); at != turning();) {
        step* const next = std::exchange(at->next_, turned);
        turned = std::exchange(at, next);
    }
    return turned;
}

void load_strand::end_turn()
{
    step* nothing = turning();
    if (!ready_ && waiting_.compare_exchange_strong(nothing, nullptr))
        return;
    posting_.execute(turn(shared_from_this()));
}

// Dropping one step may push another one.
void load_strand::drop_all() noexcept
{
    step* nothing = nullptr;
    do {
        while (ready_)
            std::exchange(ready_, ready_->next_)->drop();
        ready_ = take_waiting();
        nothing = turning();
    } while (ready_ || !waiting_.compare_exchange_strong(nothing, nullptr));
}

void load_strand::keep_busy()
{
    for (std::size_t now = busy_; now != 0;)
        if (busy_.compare_exchange_weak(now, now + 1))
            return;
    const std::lock_guard lock(mutex_);
    if (!work_)
        work_ = asio::prefer(inner_, asio::execution::outstanding_work.tracked);
    ++busy_;
}

void load_strand::let_go() noexcept
{
    if (--busy_ != 0)
        return;
    asio::any_io_executor idle; // goes after the lock does
    const std::lock_guard lock(mutex_);
    if (busy_ == 0)
        idle.swap(work_);
}

asio::any_io_executor linked_strand(const asio::any_io_executor& executor,
                                    std::shared_ptr<const load_link> link)
{
    return load_executor(std::make_shared<load_strand>(executor, std::move(link)));
}

void begin_in(asio::any_io_executor strand, const std::function<void()>& first)
{
    strand.target<load_executor>()->strand()->begin(first);
}

} // namespace coffer::detail
