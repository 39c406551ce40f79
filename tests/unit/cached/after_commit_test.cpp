// SPDX-License-Identifier: BSL-1.0
// What is registered on a transaction happens after its commit, or not at all.
#include "support/bare_storage.hpp"
#include "unit/cached/stored_fixture.hpp"

#include <coffer/transaction_scope.hpp>

using namespace fixture;
using coffer::transaction_scope;
using coffer::value_version;

namespace {

/// Entries 1 to 3 are there; the source has changed, and a transaction is about to say so.
class writing : public bench {
public:
    explicit writing(coffer::options how = shared_loads()) : bench(how)
    {
        for (int key = 1; key <= 3; ++key)
            now(key);
        from->version = 2;
    }

    transaction_scope scope;

    void commit() { CHECK(run(scope.committed()).empty()); }
    void roll_back() { CHECK(run(scope.rolled_back()).empty()); }
    std::vector<bool> there() const
    {
        std::vector<bool> found;
        for (int key = 1; key <= 3; ++key)
            found.push_back(f.peek(key).has_value());
        return found;
    }
};

using found = std::vector<bool>;

} // namespace

TEST_CASE("after commit: an invalidation happens with the commit, not before")
{
    writing b;
    b.f.invalidate_after_commit(b.scope, 1);
    CHECK(b.there() == found{true, true, true});
    b.commit();
    CHECK(b.there() == found{false, true, true});
    CHECK(b.now(1) == 1002);
    b.settled(4);
}

TEST_CASE("after commit: a rollback drops all of it")
{
    writing b;
    b.f.invalidate_after_commit(b.scope, 1);
    b.f.put_after_commit(b.scope, 2, 42);
    b.f.clear_after_commit(b.scope);
    b.f.invalidate_tag_after_commit(b.scope, "all");
    b.f.expire_after_commit(b.scope, 3);
    b.f.expire_tag_after_commit(b.scope, "all");
    b.roll_back();
    CHECK(b.there() == found{true, true, true});
    CHECK(b.f.stats().invalidations == 0);
    b.settled(3);
}

TEST_CASE("after commit: so does the end of a scope that nobody reported")
{
    writing b;
    {
        const transaction_scope forgotten;
        b.f.invalidate_after_commit(forgotten, 1);
    }
    b.drain();
    CHECK(b.there() == found{true, true, true});
    b.settled(3);
}

TEST_CASE("after commit: exact to the savepoint")
{
    writing b;
    b.f.invalidate_after_commit(b.scope, 1);
    {
        auto undone = b.scope.savepoint();
        b.f.invalidate_after_commit(b.scope, 1);
        b.f.invalidate_after_commit(b.scope, 2);
        undone.rollback();
    }
    {
        auto kept = b.scope.savepoint();
        b.f.invalidate_after_commit(b.scope, 3);
        kept.release();
    }
    b.commit();
    CHECK(b.there() == found{false, true, false});
    b.settled(3);
}

TEST_CASE("after commit: a nested scope counts if it and all around it commit")
{
    writing b;
    auto inner = b.scope.nested();
    b.f.invalidate_after_commit(inner, 1);
    b.run(inner.committed());
    auto lost = b.scope.nested();
    b.f.invalidate_after_commit(lost, 2);
    b.run(lost.rolled_back());
    CHECK(b.there() == found{true, true, true});
    b.commit();
    CHECK(b.there() == found{false, true, true});
    b.settled(3);
}

TEST_CASE("after commit: said twice, done once")
{
    writing b;
    for (int i = 0; i < 5; ++i) {
        b.f.invalidate_after_commit(b.scope, 1);
        b.f.invalidate_tag_after_commit(b.scope, "all");
    }
    b.commit();
    CHECK(b.f.stats().invalidations == 2);
    b.settled(3);
}

TEST_CASE("after commit: of a hard and a soft one the hard one counts, in either order")
{
    for (const bool hard_first : {true, false}) {
        CAPTURE(hard_first);
        writing b(shared_loads().ttl(10s).grace(10s));
        if (hard_first)
            b.f.invalidate_after_commit(b.scope, 1);
        b.f.expire_after_commit(b.scope, 1);
        if (!hard_first)
            b.f.invalidate_after_commit(b.scope, 1);
        b.f.expire_after_commit(b.scope, 2);
        b.commit();
        CHECK_FALSE(b.run(b.f.find(1)));
        CHECK(b.run(b.f.find(2)) == 2001); // stale
        CHECK_FALSE(b.f.peek(2));
        CHECK(b.f.stats().invalidations == 2);
        b.settled(3);
    }
}

TEST_CASE("after commit: where the hard one was undone, the soft one counts")
{
    writing b(shared_loads().ttl(10s).grace(10s));
    b.f.expire_after_commit(b.scope, 1);
    {
        auto undone = b.scope.savepoint();
        b.f.invalidate_after_commit(b.scope, 1);
        undone.rollback();
    }
    b.commit();
    CHECK(b.run(b.f.find(1)) == 1001);
    CHECK_FALSE(b.f.peek(1));
    b.settled(3);
}

TEST_CASE("after commit: tags and clear")
{
    for (int what = 0; what < 3; ++what) {
        CAPTURE(what);
        writing b(shared_loads().tag("all").ttl(10s).grace(10s));
        if (what == 0)
            b.f.invalidate_tag_after_commit(b.scope, "all");
        else if (what == 1)
            b.f.expire_tag_after_commit(b.scope, "all");
        else
            b.f.clear_after_commit(b.scope);
        CHECK(b.there() == found{true, true, true});
        b.commit();
        CHECK(b.there() == found{false, false, false});
        CHECK(b.run(b.f.find(1)).has_value() == (what == 1));
        b.settled(3);
    }
}

TEST_CASE("after commit: a put without a version only invalidates")
{
    writing b;
    b.f.put_after_commit(b.scope, 1, 42);
    b.f.put_after_commit(b.scope, 2, 43, value_version(7)); // and here nothing keeps versions
    b.commit();
    CHECK(b.there() == found{false, false, true});
    CHECK(b.now(1) == 1002);
    b.settled(4);
}

TEST_CASE("after commit: a put with a version stores what is not older than what is known")
{
    stored_bench b;
    const auto put = [&](int value, std::uint64_t version) {
        const transaction_scope scope;
        b.f.put_after_commit(scope, 7, value, value_version(version));
        CHECK(b.run(b.f.find(7)) != value);
        CHECK(b.run(scope.committed(version)).empty());
        return b.run(b.f.find(7));
    };
    CHECK(put(42, 5) == 42);
    CHECK(put(41, 4) == 42); // two commits, their callbacks in the other order
    CHECK(put(43, 6) == 43);
    b.settled(0);
}

TEST_CASE("after commit: an invalidation tells the storage the version of the commit")
{
    stored_bench b;
    b.from->says = [](coffer::load_context& load, int) { load.version(4); };
    b.now(7);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    CHECK(b.run(scope.committed(5)).empty());
    b.now(7); // a loader that reads a replica which has not heard of it
    CHECK(b.f.stats().stored == 1);
    b.from->says = [](coffer::load_context& load, int) { load.version(5); };
    b.now(7);
    CHECK(b.f.stats().stored == 2);
    b.settled(3);
}

TEST_CASE("after commit: where the storage keeps no floors, a commit with a version invalidates")
{
    bench b(shared_loads().storage(std::make_shared<support::bare_storage>(coffer::clock())));
    b.now(7);
    b.from->version = 2;
    CHECK(b.now(7) == 7001);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    CHECK(b.run(scope.committed(5)).empty());
    CHECK(b.now(7) == 7002);
    b.settled(3);
}

TEST_CASE("after commit: loads that run during the transaction are poisoned by its commit")
{
    writing b;
    b.run(b.f.invalidate(1));
    b.from->gate.emplace();
    b.from->version = 1;
    auto older = b.call(1);
    b.drain();
    b.from->version = 2;
    b.f.invalidate_after_commit(b.scope, 1);
    auto joiner = b.call(1);
    b.drain();
    b.commit();
    auto after = b.call(1);
    b.drain();
    b.from->gate->set();
    b.drain();
    CHECK(older.get() == 1001);
    CHECK(joiner.get() == 1001); // nothing was committed yet when it came
    CHECK(after.get() == 1002);
    CHECK(b.f.peek(1) == 1002);
    b.settled(6);
}

TEST_CASE("after commit: an invalidation that fails is reported, and undoes nothing")
{
    stored_bench b(shared_loads().near(1h));
    b.now(7);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    b.f.invalidate_after_commit(scope, 8);
    b.store.fail_next(operation::invalidate);
    const auto failed = b.run(scope.committed());
    REQUIRE(failed.size() == 1);
    CHECK(code_of([&] { std::rethrow_exception(failed[0]); }) == errc::storage_failed);
    CHECK_FALSE(b.f.peek(7));
    CHECK(b.f.stats().invalidations == 2);
    b.settled(1);
}

TEST_CASE("after commit: a scope that has ended takes nothing more")
{
    writing b;
    b.commit();
    CHECK(code_of([&] { b.f.invalidate_after_commit(b.scope, 1); }) == errc::scope_finished);
    CHECK(code_of([&] { b.f.put_after_commit(b.scope, 1, 1); }) == errc::scope_finished);
    CHECK(code_of([&] { b.f.clear_after_commit(b.scope); }) == errc::scope_finished);
    CHECK(code_of([&] { b.f.expire_tag_after_commit(b.scope, "x"); }) == errc::scope_finished);
    b.settled(3);
}

TEST_CASE("after commit: the function may be gone when its callbacks run")
{
    stored_bench b;
    b.there(7);
    const transaction_scope scope;
    {
        const numbers shortly = make(b.from, shared_loads().storage(b.store).clock(b.time));
        shortly.invalidate_after_commit(scope, 7);
        shortly.invalidate_tag_after_commit(scope, "x");
    }
    CHECK(b.run(scope.committed()).empty());
    CHECK_FALSE(b.run(b.f.find(7)));
}

TEST_CASE("after commit: two functions with one key each do their own")
{
    stored_bench b;
    b.there(7);
    const transaction_scope scope;
    b.f.invalidate_after_commit(scope, 7);
    b.elsewhere.invalidate_after_commit(scope, 7);
    CHECK(b.run(scope.committed()).empty());
    CHECK(b.f.stats().invalidations == 1);
    CHECK(b.elsewhere.stats().invalidations == 1);
}
