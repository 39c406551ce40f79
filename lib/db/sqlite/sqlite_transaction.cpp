// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/sqlite_transaction.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace coffer::detail {

using asio::awaitable;

namespace {

sqlite_failure over(std::string why, const std::string& statement)
{
    sqlite_failure failure;
    failure.message = std::move(why);
    failure.statement = statement;
    return failure;
}

awaitable<void> nothing()
{
    co_return;
}

scope_options options_for(const std::shared_ptr<sqlite_pool>& pool,
                          const asio::any_io_executor& executor)
{
    auto report = [pool](std::exception_ptr error) {
        pool->count.callback_errors.fetch_add(1, std::memory_order_relaxed);
        if (pool->how().on_callback_error())
            pool->how().on_callback_error()(std::move(error));
    };
    return scope_options().executor(executor).on_error(std::move(report));
}

/// A statement on its way to a worker and its result on the way back; the frame that waits may be
/// gone when the worker writes.
struct request {
    std::string statement;
    sqlite::values arguments;
    sqlite_result result;
};

} // namespace

void transaction_state::require_open(const connection& on, const std::string& statement) const
{
    if (over)
        throw detail::over("the transaction has ended", statement);
    if (!on.in_transaction())
        throw detail::over("the database has rolled the transaction back: " + spoilt, statement);
}

void transaction_state::after_failure(const connection& on, sqlite_failure& failure)
{
    if (on.in_transaction())
        return;
    if (spoilt.empty())
        spoilt = failure.message;
    failure.message += " (and the database has rolled the whole transaction back)";
}

sqlite_transaction::sqlite_transaction(std::shared_ptr<sqlite_pool> pool, background::place place,
                                       sqlite_lease lease, asio::any_io_executor executor)
    : pool_(std::move(pool)), executor_(std::move(executor)), place_(std::move(place)),
      lease_(std::move(lease)), lane_(lease_->connection()), scope_(options_for(pool_, executor_))
{}

awaitable<std::shared_ptr<sqlite_transaction>>
sqlite_transaction::begin(std::shared_ptr<sqlite_pool> pool)
{
    auto executor = co_await asio::this_coro::executor;
    if (pool->transaction_of(executor)) {
        sqlite_failure held =
            over("only the caller's own transaction could give way to it", "begin");
        held.code = errc::connection_held;
        held.raise();
    }
    auto place = pool->tasks().enter();
    auto lease = co_await sqlite_pool::acquire(pool, true);
    auto work = [](connection& c) {
        c.open();
        c.control("begin immediate");
    };
    const auto failed = co_await sqlite_pool::perform(pool, lease.connection(), std::move(work));
    if (failed)
        failed->raise();
    auto begun = std::make_shared<sqlite_transaction>(pool, std::move(place), std::move(lease),
                                                      std::move(executor));
    begun->scope_->attach(std::weak_ptr(begun));
    co_return begun;
}

void sqlite_transaction::require_open() const
{
    if (ending_)
        over("the transaction has ended", {}).raise();
}

awaitable<void> sqlite_transaction::perform(job::work work)
{
    require_open();
    const auto failed = co_await sqlite_pool::perform(pool_, lane_, std::move(work));
    if (failed)
        failed->raise();
}

// Which cached keys a statement changed is not known here: from then on no cache may answer in the
// scope.
void sqlite_transaction::note_write() noexcept
{
    try {
        if (scope_)
            scope_->touch_all();
    } catch (...) { // it has just ended, and nobody reads in it any more
    }
}

// What may have written something, also where it fails.
awaitable<void> sqlite_transaction::perform_write(job::work work)
{
    try {
        co_await perform(std::move(work));
    } catch (...) {
        note_write();
        throw;
    }
}

awaitable<sqlite_result> sqlite_transaction::run(std::string statement, sqlite::values arguments)
{
    const auto self = shared_from_this();
    const auto asked = std::make_shared<request>();
    asked->statement = std::move(statement);
    asked->arguments = std::move(arguments);
    auto work = [asked, state = state_](connection& c) {
        state->require_open(c, asked->statement);
        try {
            asked->result = c.run(asked->statement, asked->arguments, true);
        } catch (sqlite_failure& failure) {
            state->after_failure(c, failure);
            throw;
        }
    };
    co_await perform_write(std::move(work));
    if (asked->result.wrote)
        note_write();
    co_return std::move(asked->result);
}

awaitable<void> sqlite_transaction::script(std::string statements)
{
    const auto self = shared_from_this();
    auto work = [text = std::move(statements), state = state_](connection& c) {
        state->require_open(c, text);
        try {
            c.script(text);
        } catch (sqlite_failure& failure) {
            state->after_failure(c, failure);
            throw;
        }
    };
    co_await perform_write(std::move(work));
    note_write();
}

job_ptr sqlite_transaction::control(std::string first, std::string second)
{
    auto work = [first = std::move(first), second = std::move(second),
                 state = state_](connection& c) {
        state->require_open(c, first);
        try {
            c.control(first.c_str());
            if (!second.empty())
                c.control(second.c_str());
        } catch (const sqlite_failure& failure) {
            state->spoilt = failure.message;
            throw;
        }
    };
    auto posted = std::make_shared<job>(std::move(work));
    lane_->post(posted);
    return posted;
}

awaitable<std::optional<sqlite_failure>>
sqlite_transaction::try_commit(std::optional<std::uint64_t>* floor)
{
    const auto version = std::make_shared<std::optional<std::uint64_t>>();
    const bool bump = pool_->how().has_version_row() && scope_->has_intents();
    auto work = [version, bump, state = state_](connection& c) {
        state->require_open(c, "commit");
        if (!state->spoilt.empty())
            throw over("the transaction cannot be committed: " + state->spoilt, "commit");
        if (bump && !*version) // once, though COMMIT may be tried again
            *version = c.bump_version();
        c.control("commit");
        state->over = true;
    };
    auto failed = co_await sqlite_pool::perform(pool_, lane_, std::move(work));
    *floor = *version;
    co_return failed;
}

awaitable<void> sqlite_transaction::undo()
{
    auto work = [state = state_](connection& c) {
        state->over = true;
        if (!c.in_transaction())
            return; // the database did it
        try {
            c.control("rollback");
        } catch (const sqlite_failure&) {
            c.close(); // which undoes it too; the next user opens it again
        }
    };
    const auto undoing = std::make_shared<job>(std::move(work));
    lane_->post(undoing); // not `perform`: nothing may interrupt it
    co_await undoing->done().wait();
}

awaitable<void> sqlite_transaction::run_callbacks(bool committed,
                                                  std::optional<std::uint64_t> floor)
{
    auto& counter = committed ? pool_->count.committed : pool_->count.rolled_back;
    counter.fetch_add(1, std::memory_order_relaxed);
    if (!committed)
        co_await scope_->rolled_back();
    else if (floor)
        co_await scope_->committed(*floor);
    else
        co_await scope_->committed();
}

void sqlite_transaction::let_go() noexcept
{
    scope_.reset(); // drops callbacks that nobody will run, and what they hold: perhaps this
    lease_.reset();
    place_.reset();
}

awaitable<void> sqlite_transaction::finish(std::shared_ptr<sqlite_transaction> self, ending wanted)
{
    struct leaving {
        sqlite_transaction& transaction;
        ~leaving() { transaction.let_go(); }
    } const here{*self};
    std::optional<std::uint64_t> floor;
    std::optional<sqlite_failure> failed;
    if (wanted == ending::commit)
        failed = co_await self->try_commit(&floor);
    const bool committed = wanted == ending::commit && !failed;
    if (!committed)
        co_await self->undo();
    self->lease_.reset(); // callbacks may need the connection
    co_await self->run_callbacks(committed, floor);
    self->failed_ = std::move(failed);
    self->ended_.set();
}

awaitable<void> sqlite_transaction::ended(std::shared_ptr<sqlite_transaction> self)
{
    co_await self->ended_.wait();
    if (self->failed_)
        self->failed_->raise();
}

awaitable<void> sqlite_transaction::end(ending wanted)
{
    if (ending_.exchange(true))
        return nothing();
    asio::co_spawn(executor_, finish(shared_from_this(), wanted), asio::detached);
    return ended(shared_from_this());
}

awaitable<void> sqlite_transaction::commit()
{
    return end(ending::commit);
}

awaitable<void> sqlite_transaction::rollback()
{
    return end(ending::rollback);
}

void sqlite_transaction::abandon() noexcept
{
    if (!ending_.exchange(true))
        let_go();
}

} // namespace coffer::detail
