// SPDX-License-Identifier: BSL-1.0
#include <coffer/testing/recording_storage.hpp>

#include "storage/decorated.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace coffer::testing {

std::string recorded_call::text() const
{
    std::string result = name_of(operation);
    for (const storage_key& key : keys)
        result += ' ' + key.text();
    if (!space.empty())
        result += ' ' + space;
    if (!name.empty())
        result += ' ' + name;
    return result;
}

class recording_storage::policy {
public:
    struct failure {
        moment when = moment::before;
        boost::system::error_code with;
    };

    explicit policy(storage_ptr inner) : inner_(std::move(inner)) {}

    capabilities able() const noexcept { return inner_->able(); }
    storage_limits limits() const noexcept { return inner_->limits(); }
    std::string describe() const { return "recording of " + inner_->describe(); }
    std::shared_ptr<coherence_board> board() const { return inner_->board(); }
    coherence_ticket ticket(const storage_key& key) const { return inner_->ticket(key); }

    template <class Request>
    static asio::awaitable<typename Request::result> run(std::shared_ptr<policy> self,
                                                         Request call);

    template <class Operation>
    auto locked(const Operation& operation)
    {
        std::lock_guard lock(mutex_);
        return operation(*this);
    }

    // All below guarded by the mutex: used within `locked`.
    std::vector<recorded_call> log;
    std::map<std::size_t, failure> by_number;
    std::map<storage_operation, std::vector<failure>> by_operation; // the next at the back
    std::optional<failure> for_all;
    std::multimap<storage_operation, gate> gates;

private:
    /// One call on its way: where it stands in the log, and what will become of it.
    class passage {
    public:
        passage(std::shared_ptr<policy> of, recorded_call what);
        passage(const passage&) = delete;
        passage& operator=(const passage&) = delete;
        ~passage() { end(recorded_call::outcome::failed); }

        void end(recorded_call::outcome how);
        void fail_if(moment now) const;
        asio::awaitable<void> stop_if(moment now) const;

    private:
        std::shared_ptr<policy> policy_;
        std::optional<gate> stop_;
        std::size_t round_ = 0;
        std::size_t number_ = 0;
        std::optional<failure> failure_;
        bool ended_ = false;
    };

    template <class Request>
    static recorded_call describe_call(const Request& call);
    std::optional<failure> take_failure(storage_operation what);

    const storage_ptr inner_;
    std::mutex mutex_;
    std::size_t round_ = 0; // counts `forget`

    friend class recording_storage;
};

template <class Request>
recorded_call recording_storage::policy::describe_call(const Request& call)
{
    recorded_call result;
    result.operation = Request::operation;
    detail::each_key(call, [&](const storage_key& key) { result.keys.push_back(key); });
    using op = storage_operation;
    if constexpr (Request::operation == op::bump || Request::operation == op::clear ||
                  Request::operation == op::scan) {
        result.space = std::get<0>(call.arguments);
        result.name = std::get<1>(call.arguments);
    }
    return result;
}

std::optional<recording_storage::policy::failure>
recording_storage::policy::take_failure(storage_operation what)
{
    if (auto at = by_number.find(log.size()); at != by_number.end())
        return at->second;
    if (auto at = by_operation.find(what); at != by_operation.end() && !at->second.empty()) {
        const failure next = at->second.back();
        at->second.pop_back();
        return next;
    }
    return for_all;
}

recording_storage::policy::passage::passage(std::shared_ptr<policy> of, recorded_call what)
    : policy_(std::move(of))
{
    policy_->locked([&](policy& all) {
        round_ = all.round_;
        failure_ = all.take_failure(what.operation);
        if (auto at = all.gates.find(what.operation); at != all.gates.end()) {
            stop_ = at->second;
            all.gates.erase(at);
        }
        number_ = all.log.size();
        all.log.push_back(std::move(what));
    });
}

void recording_storage::policy::passage::end(recorded_call::outcome how)
{
    if (std::exchange(ended_, true))
        return;
    policy_->locked([&](policy& all) {
        if (round_ == all.round_)
            all.log[number_].ended = how;
    });
}

void recording_storage::policy::passage::fail_if(moment now) const
{
    if (failure_ && failure_->when == now)
        throw boost::system::system_error(failure_->with, "as the test said");
}

asio::awaitable<void> recording_storage::policy::passage::stop_if(moment now) const
{
    if (!stop_ || stop_->when_ != now)
        co_return;
    stop_->reached_.set();
    co_await stop_->open_.wait();
}

template <class Request>
asio::awaitable<typename Request::result>
recording_storage::policy::run(std::shared_ptr<policy> self, Request call)
{
    if constexpr (Request::operation == storage_operation::close) {
        co_await std::move(call).send(*self->inner_);
    } else {
        passage mine(self, describe_call(call));
        co_await mine.stop_if(moment::before);
        mine.fail_if(moment::before);
        if constexpr (std::is_void_v<typename Request::result>) {
            co_await std::move(call).send(*self->inner_);
            co_await mine.stop_if(moment::after);
            mine.fail_if(moment::after);
            mine.end(recorded_call::outcome::done);
        } else {
            auto result = co_await std::move(call).send(*self->inner_);
            co_await mine.stop_if(moment::after);
            mine.fail_if(moment::after);
            mine.end(recorded_call::outcome::done);
            co_return result;
        }
    }
}

recording_storage::recording_storage(storage_ptr inner)
    : policy_(std::make_shared<policy>(std::move(inner))),
      storage_(std::make_shared<detail::decorated<policy>>(policy_))
{}

std::size_t recording_storage::calls() const
{
    return policy_->locked([](policy& all) { return all.log.size(); });
}

std::size_t recording_storage::calls(storage_operation what) const
{
    return policy_->locked([&](policy& all) {
        return static_cast<std::size_t>(
            std::count_if(all.log.begin(), all.log.end(),
                          [&](const recorded_call& one) { return one.operation == what; }));
    });
}

std::vector<recorded_call> recording_storage::log() const
{
    return policy_->locked([](policy& all) { return all.log; });
}

void recording_storage::forget() const
{
    policy_->locked([](policy& all) {
        all.log.clear();
        ++all.round_;
    });
}

void recording_storage::fail_at(std::size_t number, moment when,
                                boost::system::error_code with) const
{
    policy_->locked([&](policy& all) { all.by_number[number] = {when, with}; });
}

void recording_storage::fail_next(storage_operation what, std::size_t times, moment when,
                                  boost::system::error_code with) const
{
    policy_->locked([&](policy& all) {
        auto& next = all.by_operation[what];
        next.insert(next.begin(), times, {when, with});
    });
}

void recording_storage::fail_all(boost::system::error_code with) const
{
    policy_->locked([&](policy& all) { all.for_all = {moment::before, with}; });
}

void recording_storage::heal() const
{
    policy_->locked([](policy& all) {
        all.by_number.clear();
        all.by_operation.clear();
        all.for_all.reset();
    });
}

recording_storage::gate recording_storage::stop_next(storage_operation what, moment when) const
{
    gate result;
    result.when_ = when;
    policy_->locked([&](policy& all) { all.gates.emplace(what, result); });
    return result;
}

} // namespace coffer::testing
