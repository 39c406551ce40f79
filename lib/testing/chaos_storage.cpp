// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/chaos_storage.hpp>

#include "storage/decorated.hpp"

#include <coffer/net/timer.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <mutex>
#include <random>
#include <stdexcept>

namespace coffer::testing {
namespace {

using std::chrono::milliseconds;

double checked(double probability)
{
    if (!(probability >= 0 && probability <= 1))
        throw std::invalid_argument("coffer: chaos with a probability that is not from 0 to 1");
    return probability;
}

} // namespace

chaos& chaos::fail(double probability)
{
    fail_ = checked(probability);
    return *this;
}

chaos& chaos::lose_reply(double probability)
{
    lose_reply_ = checked(probability);
    return *this;
}

chaos& chaos::delay(milliseconds always)
{
    return delay(always, always);
}

chaos& chaos::delay(milliseconds shortest, milliseconds longest)
{
    if (shortest.count() < 0 || longest < shortest)
        throw std::invalid_argument("coffer: chaos with a delay that is negative, or with a "
                                    "shortest one above the longest");
    shortest_ = shortest;
    longest_ = longest;
    return *this;
}

chaos& chaos::only(std::initializer_list<storage_operation> operations)
{
    only_ = operations;
    return *this;
}

chaos& chaos::seed(std::uint64_t number)
{
    seed_ = number;
    return *this;
}

chaos& chaos::clock(coffer::clock time)
{
    clock_ = std::move(time);
    return *this;
}

bool chaos::concerns(storage_operation what) const noexcept
{
    if (only_.empty())
        return what != storage_operation::close;
    return std::find(only_.begin(), only_.end(), what) != only_.end();
}

class chaos_storage::policy {
public:
    policy(storage_ptr inner, chaos plan) : inner_(std::move(inner)) { set(std::move(plan)); }

    capabilities able() const noexcept { return inner_->able(); }
    storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return "chaos around " + inner_->describe(); }
    std::shared_ptr<coherence_board> board() const { return inner_->board(); }
    coherence_ticket ticket(const storage_key& key) const { return inner_->ticket(key); }

    void set(chaos plan)
    {
        std::lock_guard lock(mutex_);
        plan_ = std::move(plan);
        random_.seed(plan_.seed());
    }

    std::size_t injected() const
    {
        std::lock_guard lock(mutex_);
        return injected_;
    }

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<policy> self,
                                                         Request call);

private:
    struct fate {
        bool fails = false;
        bool reply_lost = false;
        milliseconds delay{0};
        coffer::clock time;
    };

    fate next(storage_operation what);
    [[noreturn]] void fail(storage_operation what, const char* how) const
    {
        throw boost::system::system_error(errc::storage_failed,
                                          std::string(name_of(what)) + how + describe());
    }

    const storage_ptr inner_;
    mutable std::mutex mutex_;
    chaos plan_; // this and all below guarded by mutex_
    std::mt19937_64 random_;
    std::size_t injected_ = 0;
};

chaos_storage::policy::fate chaos_storage::policy::next(storage_operation what)
{
    std::lock_guard lock(mutex_);
    fate result;
    result.time = plan_.clock();
    if (!plan_.concerns(what))
        return result;
    // Always three draws, so that one setting does not shift the sequence of another.
    const auto draw = [this] {
        return static_cast<double>(random_() >> 11) / 9007199254740992.0; // 2^53
    };
    result.fails = draw() < plan_.fail();
    result.reply_lost = draw() < plan_.lose_reply() && !result.fails;
    const auto width =
        static_cast<double>((plan_.longest_delay() - plan_.shortest_delay()).count());
    result.delay =
        plan_.shortest_delay() + milliseconds(static_cast<milliseconds::rep>(draw() * (width + 1)));
    result.delay = std::min(result.delay, plan_.longest_delay());
    injected_ += result.fails || result.reply_lost ? 1 : 0;
    return result;
}

template <class Request>
asio::awaitable<typename Request::result> chaos_storage::policy::run(std::shared_ptr<policy> self,
                                                                     Request call)
{
    const fate mine = self->next(Request::operation);
    if (mine.delay > milliseconds(0))
        co_await sleep_until(mine.time, later(mine.time.now(), mine.delay));
    if (mine.fails)
        self->fail(Request::operation, " failed by plan of ");
    if constexpr (std::is_void_v<typename Request::result>) {
        co_await std::move(call).send(*self->inner_);
        if (mine.reply_lost)
            self->fail(Request::operation, " lost its reply by plan of ");
    } else {
        auto result = co_await std::move(call).send(*self->inner_);
        if (mine.reply_lost)
            self->fail(Request::operation, " lost its reply by plan of ");
        co_return result;
    }
}

chaos_storage::chaos_storage(storage_ptr inner, chaos plan)
    : policy_(std::make_shared<policy>(std::move(inner), std::move(plan))),
      storage_(std::make_shared<detail::decorated<policy>>(policy_))
{}

void chaos_storage::plan(chaos next) const
{
    policy_->set(std::move(next));
}

std::size_t chaos_storage::injected() const
{
    return policy_->injected();
}

} // namespace coffer::testing
