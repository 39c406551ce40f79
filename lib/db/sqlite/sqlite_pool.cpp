// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/sqlite_pool.hpp"

#include "db/sqlite/sqlite_transaction.hpp"

#include <coffer/flight/chain.hpp>
#include <coffer/net/timer.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace coffer::detail {

using namespace std::chrono_literals;
using asio::awaitable;

namespace {

/// How long to leave the file to others before the next try: short at first, for most writers are
/// quick. In milliseconds.
constexpr std::array<int, 8> pauses{1, 2, 5, 10, 15, 20, 25, 50};

clock::steady_time later(const clock& time, std::chrono::milliseconds by)
{
    const auto now = time.now();
    const auto most =
        std::chrono::floor<std::chrono::milliseconds>(clock::steady_time::max() - now);
    return by < most ? now + by : clock::steady_time::max();
}

void require(bool holds, const char* what)
{
    if (!holds)
        throw std::invalid_argument(std::string("coffer: sqlite::pool: ") + what);
}

sqlite::options checked(const std::string& path, sqlite::options how)
{
    require(!path.empty(), "the path is empty; name a file, or \":memory:\"");
    require(how.connections() > 0, "connections(0) can never serve anyone; give it at least 1");
    require(path != ":memory:" || how.connections() == 1,
            "each connection to \":memory:\" would be a database of its own; add connections(1)");
    require(how.busy() >= 0ms, "busy() is negative; give 0 for not waiting at all");
    require(how.acquire_within() >= 0ms, "acquire_within() is negative; give 0 for not waiting");
    require(how.max_result() > 0, "max_result(0) would refuse every result");
    return how;
}

sqlite_failure timed_out(errc code, const char* message)
{
    sqlite_failure failure;
    failure.code = code;
    failure.message = message;
    return failure;
}

std::vector<std::shared_ptr<lane>> make_lanes(const asio::any_io_executor& workers,
                                              const std::string& path, const sqlite::options& how)
{
    connection_settings settings;
    settings.path = path;
    settings.statements = how.statements();
    settings.max_result = how.max_result();
    settings.version_row = how.has_version_row();
    std::vector<std::shared_ptr<lane>> lanes;
    for (std::size_t i = 0; i < how.connections(); ++i)
        lanes.push_back(std::make_shared<lane>(workers, settings));
    return lanes;
}

/// A statement on its way to a worker and its result on the way back; the frame that waits may be
/// gone when the worker writes.
struct request {
    std::string statement;
    sqlite::values arguments;
    sqlite_result result;
};

} // namespace

sqlite_pool::sqlite_pool(std::string path, sqlite::options how)
    : path_(std::move(path)), how_(checked(path_, std::move(how))),
      workers_(std::make_shared<workers>(how_.workers(), how_.threads())),
      turn_(std::make_shared<dispenser<write_turn>>(std::vector<write_turn>(1), how_.waiting())),
      lanes_(make_lanes(workers_->executor(), path_, how_)),
      free_(std::make_shared<dispenser<std::shared_ptr<lane>>>(lanes_, how_.waiting()))
{}

sqlite_pool::~sqlite_pool() = default;

// The lease is in the frame of `acquire`, which awaits these two in the same statement.
awaitable<void> sqlite_pool::take_turn(sqlite_lease* into)
{
    const auto deadline = later(how_.clock(), how_.busy());
    const auto taken = co_await dispenser<write_turn>::take(turn_, how_.clock(), deadline);
    if (!taken)
        timed_out(errc::database_busy, "other writers of this pool did not end in time").raise();
    into->writer_ = true;
}

awaitable<void> sqlite_pool::take_connection(sqlite_lease* into)
{
    using lanes = dispenser<std::shared_ptr<lane>>;
    const auto deadline = later(how_.clock(), how_.acquire_within());
    auto taken = co_await lanes::take(free_, how_.clock(), deadline);
    if (!taken)
        timed_out(errc::pool_timeout, "no connection became free in time").raise();
    into->connection_ = std::move(*taken);
}

awaitable<sqlite_lease> sqlite_pool::acquire(std::shared_ptr<sqlite_pool> self, bool writer)
{
    sqlite_lease lease(self);
    if (writer)
        co_await self->take_turn(&lease);
    co_await self->take_connection(&lease);
    co_return lease;
}

void sqlite_lease::give_back() noexcept
{
    const auto pool = std::exchange(from_, nullptr);
    if (connection_)
        pool->free_->give(std::move(connection_));
    if (writer_)
        pool->turn_->give({});
    place_.reset(); // last: `close()` may go on
}

void sqlite_lease::reset() noexcept
{
    if (!from_)
        return;
    if (connection_ && !connection_->quiet())
        clean(std::move(*this));
    else
        give_back();
}

// The connection goes back when the last job that was posted before this one has ended.
void sqlite_lease::clean(sqlite_lease dirty)
{
    struct cleaned {
        sqlite_lease lease;
        explicit cleaned(sqlite_lease l) noexcept : lease(std::move(l)) {}
        ~cleaned() { lease.give_back(); } // also if the workers stop before
    };
    const auto connection = dirty.connection_;
    auto work = [back = std::make_shared<cleaned>(std::move(dirty))](detail::connection& c) {
        if (!c.in_transaction())
            return;
        back->lease.from_->count.rolled_back.fetch_add(1, std::memory_order_relaxed);
        try {
            c.control("rollback");
        } catch (const sqlite_failure&) {
            c.close(); // which undoes it too; the next user opens it again
        }
    };
    connection->post(std::make_shared<job>(std::move(work)));
}

awaitable<std::optional<sqlite_failure>>
sqlite_pool::perform(std::shared_ptr<sqlite_pool> self, std::shared_ptr<lane> on, job::work work)
{
    const clock& time = self->how_.clock();
    const auto deadline = later(time, self->how_.busy());
    for (std::size_t tries = 0;; ++tries) {
        const auto attempt = std::make_shared<job>(work);
        co_await lane::perform(on, attempt);
        const auto& failed = attempt->failed();
        if (!failed || failed->what != sqlite_failure::kind::busy || time.reached(deadline))
            co_return failed;
        self->count.busy_retries.fetch_add(1, std::memory_order_relaxed);
        const auto pause = std::chrono::milliseconds(pauses[std::min(tries, pauses.size() - 1)]);
        const auto until = std::min(deadline, later(time, pause));
        co_await sleep_until(time, until);
    }
}

// A load that a transaction started, `f.in(scope)`, works inside that transaction: so it sees what
// was written, and needs no connection that its own caller might hold.
std::shared_ptr<sqlite_transaction>
sqlite_pool::transaction_of(const asio::any_io_executor& caller) const
{
    const auto load = current_load(caller);
    if (!load || !load->scope())
        return nullptr;
    auto found = load->scope()->attachment<sqlite_transaction>();
    return found && found->pool().get() == this && found->open() ? found : nullptr;
}

awaitable<sqlite_result> sqlite_pool::run(std::string statement, sqlite::values arguments)
{
    const auto self = shared_from_this();
    const auto inside = transaction_of(co_await asio::this_coro::executor);
    if (inside)
        co_return co_await inside->run(std::move(statement), std::move(arguments));
    const auto asked = std::make_shared<request>();
    asked->statement = std::move(statement);
    asked->arguments = std::move(arguments);
    for (bool writer = false;; writer = true) {
        const sqlite_lease lease = co_await acquire(self, writer);
        auto work = [asked, writer](connection& c) {
            c.open();
            asked->result = c.run(asked->statement, asked->arguments, writer);
        };
        const auto failed = co_await perform(self, lease.connection(), std::move(work));
        if (!failed)
            co_return std::move(asked->result);
        if (failed->what != sqlite_failure::kind::needs_turn)
            failed->raise();
    }
}

awaitable<void> sqlite_pool::script(std::string statements)
{
    const auto self = shared_from_this();
    const auto inside = transaction_of(co_await asio::this_coro::executor);
    if (inside)
        co_return co_await inside->script(std::move(statements));
    const sqlite_lease lease = co_await acquire(self, true);
    auto work = [text = std::move(statements)](connection& c) {
        c.open();
        c.control("begin immediate");
        try {
            c.script(text);
            c.control("commit");
        } catch (...) {
            if (c.in_transaction())
                c.control("rollback");
            throw;
        }
    };
    const auto failed = co_await perform(self, lease.connection(), std::move(work));
    if (failed)
        failed->raise();
}

awaitable<void> sqlite_pool::close(std::shared_ptr<sqlite_pool> self)
{
    auto idle = self->tasks_.close(); // from here on new work is refused
    self->turn_->close();
    self->free_->close();
    co_await std::move(idle);
    for (const auto& connection : self->lanes_) {
        auto work = [](detail::connection& c) { c.close(); };
        const auto closing = std::make_shared<job>(std::move(work));
        connection->post(closing); // not `perform`: nothing may interrupt it
        co_await closing->done().wait();
    }
}

} // namespace coffer::detail
