// SPDX-License-Identifier: BSL-1.0
// The suite itself: a storage with one mistake fails the check that is about it.
#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>
#include <coffer/testing/storage_conformance.hpp>

#include "storage/decorated.hpp"
#include "support/coro_test.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

using namespace std::chrono_literals;
using coffer::entry;
using coffer::fill_state;
using coffer::invalidation;
using coffer::storage_key;
using coffer::storage_ptr;
using op = coffer::storage_operation;
using verdict = coffer::testing::conformance_result::verdict;
namespace asio = boost::asio;

namespace {

enum class mistake {
    none,
    blind_fill,   // fills without looking at the lease
    keeps_lease,  // a put does not void it, as the lease is given back as good
    forgets_soft, // soft is hard
    soft_only,    // hard is soft
    ignores_bump,
    ignores_clear,
    ignores_floor,
    ignores_hold,
    drops_version,
    reverses_batches,
    counts_twice,
    never_expires,
    shares_spaces, // the space is not part of the key
    stays_open,
    empty_is_absent,
    always_absent, // put_if_absent overwrites
};

class faulty {
public:
    faulty(storage_ptr inner, mistake with) : inner_(std::move(inner)), mistake_(with) {}

    coffer::capabilities able() const noexcept { return inner_->able(); }
    coffer::storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return inner_->describe(); }
    std::shared_ptr<coffer::coherence_board> board() const { return inner_->board(); }
    coffer::coherence_ticket ticket(const coffer::storage_key& key) const
    {
        return inner_->ticket(key);
    }

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<faulty> self, Request call)
    {
        constexpr op what = Request::operation;
        storage_ptr inner = self->inner_;
        if (self->is(mistake::shares_spaces))
            std::apply([](auto&... one) { (merge_space(one), ...); }, call.arguments);
        if constexpr (what == op::fill) {
            auto& [key, grant, value] = call.arguments;
            if (self->is(mistake::blind_fill) || self->is(mistake::keeps_lease)) {
                if (!grant && self->is(mistake::keeps_lease))
                    co_return fill_state::lease_lost;
                co_return co_await inner->put(key, value);
            }
        }
        if constexpr (what == op::put || what == op::fill) {
            entry& value = std::get<entry>(call.arguments);
            if (self->is(mistake::never_expires) && !value.lifetime.is_zero())
                value.lifetime = coffer::never;
            if (self->is(mistake::drops_version))
                value.version.reset();
        }
        if constexpr (what == op::invalidate) {
            auto& [key, mode, floor] = call.arguments;
            if (self->is(mistake::forgets_soft))
                mode = invalidation::hard;
            if (self->is(mistake::soft_only))
                mode = invalidation::soft;
            if (self->is(mistake::ignores_floor))
                floor.reset();
        }
        if constexpr (what == op::put_if_absent)
            if (self->is(mistake::always_absent)) {
                co_await inner->put(call.template get<0>(), call.template get<1>());
                co_return true;
            }
        if constexpr (what == op::increment)
            if (self->is(mistake::counts_twice))
                co_await inner->increment(call.template get<0>(), call.template get<1>(),
                                          call.template get<2>());
        if constexpr (what == op::bump || what == op::clear || what == op::hold ||
                      what == op::close)
            if (self->skips(what))
                co_return;
        if constexpr (std::is_void_v<typename Request::result>) {
            co_await std::move(call).send(*inner);
        } else {
            auto result = co_await std::move(call).send(*inner);
            if constexpr (what == op::get)
                if (self->is(mistake::empty_is_absent) && result && result->payload.empty())
                    result.reset();
            if constexpr (what == op::get_many)
                if (self->is(mistake::reverses_batches))
                    std::reverse(result.begin(), result.end());
            co_return result;
        }
    }

private:
    bool is(mistake one) const noexcept { return mistake_ == one; }
    bool skips(op what) const noexcept
    {
        return (what == op::bump && is(mistake::ignores_bump)) ||
               (what == op::clear && is(mistake::ignores_clear)) ||
               (what == op::hold && is(mistake::ignores_hold)) ||
               (what == op::close && is(mistake::stays_open));
    }
    static void merge_space(storage_key& key) { key.space = "same"; }
    static void merge_space(std::vector<storage_key>& keys)
    {
        for (storage_key& key : keys)
            merge_space(key);
    }
    static void merge_space(auto&) {}

    const storage_ptr inner_;
    const mistake mistake_;
};

/// The result of one check over a storage with this mistake.
verdict outcome(mistake with, const char* name)
{
    const coffer::testing::manual_clock time;
    const auto options = coffer::memory_storage_options().clock(time).max_key(1'000);
    auto make = [&]() -> storage_ptr {
        auto policy = std::make_shared<faulty>(coffer::memory_storage(options), with);
        return std::make_shared<coffer::detail::decorated<faulty>>(std::move(policy));
    };
    coffer::testing::storage_subject subject(make);
    subject.clock(time);
    return support::run(coffer::testing::check_storage(subject, name)).outcome;
}

struct expectation {
    mistake with;
    const char* caught_by;
};

} // namespace

TEST_CASE(
    "conformance: each mistake is caught by the check that is about it, and only mistakes are")
{
    const expectation all[] = {
        {mistake::blind_fill, "lease: an absent or forged lease never grants"},
        {mistake::keeps_lease, "void lease: by a hard invalidation"},
        {mistake::keeps_lease, "void lease: by a put"},
        {mistake::keeps_lease, "lease: it fills once"},
        {mistake::keeps_lease, "lease: no token is used twice (ABA)"},
        {mistake::keeps_lease, "lease: it runs out"},
        {mistake::keeps_lease, "void lease: by a soft bump of a tag known late"},
        {mistake::forgets_soft, "invalidate: soft leaves a stale entry for its grace"},
        {mistake::soft_only, "invalidate: hard removes this key and no other"},
        {mistake::ignores_bump, "tag: a bump drops every entry that carries it, and no other"},
        {mistake::ignores_bump, "tag: known late, it refuses a load that began before the bump"},
        {mistake::ignores_clear, "clear: a group or a space, and nothing else"},
        {mistake::ignores_clear, "void lease: by a clear of its space"},
        {mistake::ignores_floor, "floor: a fill must prove a version that is not below it"},
        {mistake::drops_version, "floor: a put with a version keeps it and raises it"},
        {mistake::drops_version, "basics: every field of an entry is kept"},
        {mistake::ignores_hold, "hold: takes the entry away and refuses what would be stored"},
        {mistake::reverses_batches, "batch: get_many in the order of the keys"},
        {mistake::counts_twice, "counter: it counts, from zero"},
        {mistake::never_expires, "lifetime: an entry is gone after it"},
        {mistake::shares_spaces, "basics: keys that look alike are different"},
        {mistake::stays_open, "close: refuses what comes later, and may be repeated"},
        {mistake::empty_is_absent, "basics: an empty value is a value"},
        {mistake::always_absent, "put_if_absent: stores only where nothing is"},
    };
    for (const expectation& one : all) {
        CAPTURE(static_cast<int>(one.with));
        CAPTURE(one.caught_by);
        CHECK(outcome(one.with, one.caught_by) == verdict::failed);
        CHECK(outcome(mistake::none, one.caught_by) == verdict::passed);
    }
}

TEST_CASE("conformance: names are unique, and an unknown one is refused")
{
    const auto names = coffer::testing::storage_conformance_checks();
    CHECK(names.size() > 80);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    CHECK_THROWS_AS(outcome(mistake::none, "no such check"), std::invalid_argument);
}

TEST_CASE("conformance: a subject may say itself how time passes")
{
    coffer::testing::manual_clock time;
    int passed = 0;
    auto pass = [](coffer::testing::manual_clock moved, std::chrono::milliseconds span,
                   int* count) -> asio::awaitable<void> {
        ++*count;
        moved.advance(span);
        co_return;
    };
    const auto options = coffer::memory_storage_options().clock(time);
    coffer::testing::storage_subject subject([&] { return coffer::memory_storage(options); });
    subject.passing_by([&](std::chrono::milliseconds span) { return pass(time, span, &passed); });
    CHECK_FALSE(subject.exact());
    const auto result = support::run(
        coffer::testing::check_storage(subject, "lifetime: an entry is gone after it"));
    CHECK(result.message == "");
    CHECK(result.outcome == verdict::passed);
    CHECK(passed > 0);
    CHECK_THROWS_AS(subject.threads(0), std::invalid_argument);
}
