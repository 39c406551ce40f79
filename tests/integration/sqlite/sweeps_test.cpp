// SPDX-License-Identifier: BSL-1.0
//
// One whole transaction with savepoints and callbacks, abandoned, cancelled and failed at every
// step. Afterwards the file holds all of it or nothing, and nothing is left alive.
#include "sqlite_support.hpp"

#include <memory>
#include <optional>
#include <tuple>

using sqlite::transaction;

namespace {

/// The file of a scenario, and a look at it by a pool of its own.
class checked_file {
public:
    checked_file()
    {
        asio::io_context io;
        support::run(io, open(io).script(schema));
    }

    std::string path() const { return folder_.file(); }

    /// The three prices.
    std::tuple<int, int, int> prices() const
    {
        asio::io_context io;
        const auto db = open(io);
        CHECK(std::get<0>(*support::run(io, db.query_one<std::string>("pragma integrity_check"))) ==
              "ok");
        const auto rows = support::run(io, db.query<int>("select price from product order by id"));
        REQUIRE(rows.size() == 3);
        return {std::get<0>(rows[0]), std::get<0>(rows[1]), std::get<0>(rows[2])};
    }

private:
    sqlite::pool open(asio::io_context& io) const
    {
        return sqlite::pool(folder_.file(), sqlite::options().workers(io.get_executor()));
    }

    temp_folder folder_;
};

const std::tuple untouched(10, 20, 30);
const std::tuple complete(11, 20, 33);

class whole_transaction {
public:
    explicit whole_transaction(asio::io_context& io) : whole_transaction(io, no_faults_) {}
    whole_transaction(asio::io_context& io, support::faults& plan)
        : plan_(plan),
          db_(std::make_unique<sqlite::pool>(
              file_.path(), sqlite::options().connections(1).workers(io.get_executor())))
    {}
    ~whole_transaction()
    {
        db_.reset();
        const auto left = file_.prices();
        CHECK((left == untouched || left == complete));
        if (!log_.empty())
            CHECK(left == complete); // no callback ran unless the commit was made
    }

    awaitable<void> run()
    {
        const auto body = [this](transaction& tx) { return work(&tx); };
        co_await db_->transaction(body);
        returned_ = true;
    }

    void ended(std::exception_ptr error)
    {
        CHECK(returned_ == !error);
        CHECK((log_ == "ac" || log_.empty()));
        if (returned_)
            CHECK(log_ == "ac");
        else
            CHECK(error);
        CHECK(db_->stats().committed + db_->stats().rolled_back <= 1);
        CHECK((db_->stats().committed == 1) == (log_ == "ac"));
    }

private:
    /// A callback that takes two steps and counts as a live object.
    auto entry(char name)
    {
        return [log = &log_, name, here = support::live()]() -> awaitable<void> {
            co_await asio::post(asio::use_awaitable);
            *log += name;
        };
    }

    awaitable<void> work(transaction* tx)
    {
        plan_.point();
        co_await tx->execute("update product set price = 11 where id = 1");
        plan_.point();
        tx->scope().after_commit(entry('a'));
        const auto fails = [this](transaction& inner) { return undone(&inner); };
        try {
            co_await tx->savepoint(fails);
        } catch (const std::domain_error&) {
        }
        plan_.point();
        const auto works = [this](transaction& inner) { return kept(&inner); };
        co_await tx->savepoint(works);
        plan_.point();
    }

    awaitable<void> undone(transaction* tx)
    {
        co_await tx->execute("update product set price = 22 where id = 2");
        tx->scope().after_commit(entry('b'));
        plan_.point();
        throw std::domain_error("undone");
    }

    awaitable<void> kept(transaction* tx)
    {
        co_await tx->execute("update product set price = 33 where id = 3");
        plan_.point();
        tx->scope().after_commit(entry('c'));
    }

    support::faults no_faults_{~std::size_t{0}};
    support::faults& plan_;
    checked_file file_;
    std::string log_;
    bool returned_ = false;
    std::unique_ptr<sqlite::pool> db_;
};

} // namespace

TEST_CASE("sqlite sweep: abandoned at every step, all or nothing is in the file")
{
    CHECK(support::abandon_at_every_step<whole_transaction>() > 20);
}

TEST_CASE(
    "sqlite sweep: cancelled at every step, it is rolled back, or committed with all callbacks")
{
    CHECK(support::cancel_at_every_step<whole_transaction>() > 20);
}

TEST_CASE("sqlite sweep: failed at every point of its body, it is rolled back")
{
    CHECK(support::fail_at_every_step<whole_transaction>() == 6);
}
