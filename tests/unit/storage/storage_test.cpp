// SPDX-License-Identifier: BSL-1.0
// The base: what it refuses for every storage, and what it does for one that does little.
#include "support/bare_storage.hpp"
#include "support/conformance.hpp"

#include <coffer/storage/operation.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <functional>
#include <set>
#include <vector>

using namespace std::chrono_literals;
using coffer::capabilities;
using coffer::capability;
using coffer::entry;
using coffer::errc;
using coffer::fill_state;
using coffer::invalidation;
using coffer::storage_key;
namespace asio = boost::asio;

namespace {

/// Declares what it is told to, and counts how often it is asked for something optional.
class declaring final : public support::bare_storage {
public:
    explicit declaring(capabilities what) : bare_storage(coffer::clock()), able_(what) {}

    capabilities able() const noexcept override { return able_; }
    int asked = 0;

protected:
    asio::awaitable<fill_state> do_put(storage_key key, entry value) override
    {
        ++asked;
        return bare_storage::do_put(std::move(key), std::move(value));
    }
    asio::awaitable<fill_state> do_fill(storage_key, coffer::lease, entry) override
    {
        return did(fill_state::stored);
    }
    asio::awaitable<std::vector<fill_state>>
    do_fill_many(std::vector<storage_key>, std::vector<coffer::lease>, std::vector<entry>) override
    {
        return did(std::vector<fill_state>());
    }
    asio::awaitable<std::vector<fill_state>> do_put_many(std::vector<storage_key>,
                                                         std::vector<entry>) override
    {
        return did(std::vector<fill_state>());
    }
    asio::awaitable<bool> do_put_if_absent(storage_key, entry) override { return did(true); }
    asio::awaitable<void> do_invalidate(storage_key, invalidation,
                                        std::optional<std::uint64_t>) override
    {
        return did();
    }
    asio::awaitable<bool> do_touch(storage_key, coffer::ttl) override { return did(true); }
    asio::awaitable<std::int64_t> do_increment(storage_key, std::int64_t by,
                                               coffer::counter_terms) override
    {
        return did(by);
    }
    asio::awaitable<void> do_bump(std::string, std::string, invalidation) override { return did(); }
    asio::awaitable<void> do_clear(std::string, std::string) override { return did(); }
    asio::awaitable<void> do_hold(storage_key, std::string, std::chrono::milliseconds) override
    {
        return did();
    }
    asio::awaitable<void> do_release(storage_key, std::string) override { return did(); }
    asio::awaitable<page> do_scan(std::string, std::string, std::size_t) override
    {
        return did(page());
    }

private:
    asio::awaitable<void> did()
    {
        ++asked;
        co_return;
    }
    template <class T>
    asio::awaitable<T> did(T result)
    {
        ++asked;
        co_return result;
    }

    const capabilities able_;
};

template <class T>
asio::awaitable<void> plain(asio::awaitable<T> operation)
{
    co_await std::move(operation);
}

/// One use of a storage, and what it must declare for that.
struct use {
    const char* name;
    capabilities needs;
    std::function<asio::awaitable<void>(coffer::storage&)> call;
};

std::vector<use> optional_uses()
{
    using enum capability;
    const storage_key key("space", "group", "id");
    entry tagged("v");
    tagged.tags = {"tag"};
    const entry value("v");
    const std::vector<storage_key> keys = {key, key};
    const std::vector<entry> values = {value, tagged};
    const std::vector<coffer::lease> grants(2);
    const coffer::counter_terms terms;
    return {
        {"put with tags", {tags}, [=](auto& s) { return plain(s.put(key, tagged)); }},
        {"fill with tags", {tags}, [=](auto& s) { return plain(s.fill(key, {}, tagged)); }},
        {"put_many with tags", {tags}, [=](auto& s) { return plain(s.put_many(keys, values)); }},
        {"fill_many with tags",
         {tags},
         [=](auto& s) { return plain(s.fill_many(keys, grants, values)); }},
        {"put_if_absent",
         {put_if_absent},
         [=](auto& s) { return plain(s.put_if_absent(key, value)); }},
        {"put_if_absent with tags",
         {put_if_absent, tags},
         [=](auto& s) { return plain(s.put_if_absent(key, tagged)); }},
        {"invalidate with a floor",
         {floors},
         [=](auto& s) { return s.invalidate(key, invalidation::hard, 3); }},
        {"touch", {touch}, [=](auto& s) { return plain(s.touch(key, 1h)); }},
        {"increment", {counters}, [=](auto& s) { return plain(s.increment(key, 1, terms)); }},
        {"bump", {tags}, [](auto& s) { return s.bump("space", "tag", invalidation::soft); }},
        {"clear", {clear}, [](auto& s) { return s.clear("space", ""); }},
        {"hold", {hold}, [=](auto& s) { return s.hold(key, "owner", 1s); }},
        {"release", {hold}, [=](auto& s) { return s.release(key, "owner"); }},
        {"scan", {scan}, [](auto& s) { return plain(s.scan("space", "", 10)); }},
    };
}

constexpr capability every_one[] = {
    capability::leases,   capability::grace,  capability::tags,    capability::clear,
    capability::counters, capability::floors, capability::hold,    capability::scan,
    capability::touch,    capability::shared, capability::durable, capability::put_if_absent};

capabilities all_but(capabilities without)
{
    capabilities result;
    for (const capability one : every_one)
        if (!without.has(one))
            result = result.with(one);
    return result;
}

boost::system::error_code failure_of(asio::awaitable<void> operation)
{
    asio::io_context io;
    auto running = support::start(io, std::move(operation));
    support::drain(io);
    return running.error();
}

} // namespace

TEST_CASE("storage: what a storage does not declare it is never asked for")
{
    for (const use& one : optional_uses()) {
        CAPTURE(one.name);
        for (const capability missing : every_one) {
            if (!one.needs.has(missing))
                continue;
            declaring store(all_but({missing}));
            CHECK(failure_of(one.call(store)) == errc::unsupported);
            CHECK(store.asked == 0);
        }
        declaring enough(one.needs);
        CHECK_FALSE(failure_of(one.call(enough)));
        CHECK(enough.asked == 1);
    }
}

TEST_CASE("storage: a refusal is an error of the operation, and names it and the storage")
{
    declaring store({});
    auto operation = store.clear("space", ""); // does not throw yet
    try {
        support::run(std::move(operation));
        FAIL("it was carried out");
    } catch (const boost::system::system_error& refused) {
        const std::string text = refused.what();
        CAPTURE(text);
        CHECK(text.find("clear on bare storage") != std::string::npos);
    }
}

TEST_CASE("storage: without tags and floors, an entry and an invalidation go through")
{
    declaring store({});
    const storage_key key("space", "group", "id");
    CHECK(support::run(store.put(key, entry("v"))) == fill_state::stored);
    CHECK_FALSE(failure_of(store.invalidate(key, invalidation::soft, std::nullopt)));
    CHECK(store.asked == 2);
}

TEST_CASE("storage: one that declares more than it overrides declines, and does not pretend")
{
    class boasting final : public support::bare_storage {
    public:
        boasting() : bare_storage(coffer::clock()) {}
        capabilities able() const noexcept override { return all_but({}); }
    };
    boasting store;
    for (const use& one : optional_uses()) {
        CAPTURE(one.name);
        const bool overridden = one.name == std::string("invalidate with a floor") ||
                                one.name == std::string("put with tags") ||
                                one.name == std::string("put_many with tags");
        CHECK((failure_of(one.call(store)) == errc::unsupported) == !overridden);
    }
    const storage_key key("space", "group", "id");
    CHECK(failure_of(plain(store.acquire(key, 1s))) == errc::unsupported);
    CHECK(failure_of(plain(store.renew(key, {}, 1s))) == errc::unsupported);
    CHECK(failure_of(store.abandon(key, {})) == errc::unsupported);
}

TEST_CASE("storage: an operation is called as its member is")
{
    using op = coffer::storage_operation;
    CHECK(name_of(op::get) == std::string("get"));
    CHECK(name_of(op::put_if_absent) == std::string("put_if_absent"));
    CHECK(name_of(op::invalidate_many) == std::string("invalidate_many"));
    CHECK(name_of(op::close) == std::string("close"));
    std::set<std::string> names;
    for (int i = 0; i <= static_cast<int>(op::close); ++i)
        CHECK(names.insert(name_of(static_cast<op>(i))).second);
}

TEST_CASE("storage: one that overrides as little as it may passes what it does not decline")
{
    using verdict = coffer::testing::conformance_result::verdict;
    coffer::testing::manual_clock time;
    auto make = [time] { return std::make_shared<support::bare_storage>(time); };
    coffer::testing::storage_subject subject(make);
    subject.clock(time);
    std::size_t passed = 0;
    for (const std::string& name : coffer::testing::storage_conformance_checks()) {
        asio::io_context io;
        auto one = support::start(io, coffer::testing::check_storage(subject, name));
        while (!one.done())
            io.run_one(); // some checks have threads of their own
        CAPTURE(name);
        CAPTURE(one.get().message);
        CHECK(one.get().outcome != verdict::failed);
        passed += one.get().outcome == verdict::passed;
    }
    CHECK(passed >= 20);
}
