// SPDX-License-Identifier: BSL-1.0
#include "demo/crowd.hpp"

#include <coffer/net/background.hpp>

#include <boost/asio/strand.hpp>

#include <algorithm>
#include <mutex>

namespace catalog {
namespace {

/// Keeps the first of some errors.
class first_error {
public:
    void operator()(std::exception_ptr failure)
    {
        const std::lock_guard lock(mutex_);
        if (!first_)
            first_ = std::move(failure);
    }
    void rethrow() const
    {
        const std::lock_guard lock(mutex_);
        if (first_)
            std::rethrow_exception(first_);
    }

private:
    mutable std::mutex mutex_;
    std::exception_ptr first_;
};

} // namespace

crowd::crowd(asio::any_io_executor executor, std::size_t count)
    : members_(std::make_shared<member_list>())
{
    members_->reserve(count);
    for (std::size_t at = 0; at < count; ++at) {
        asio::any_io_executor strand = asio::make_strand(executor);
        http_client client(strand);
        members_->push_back({std::move(strand), std::move(client)});
    }
}

asio::awaitable<void> crowd::connect(std::uint16_t port)
{
    return each([port](http_client& client, std::size_t) { return client.connect(port); });
}

asio::awaitable<std::vector<reply>> crowd::ask(std::string target)
{
    std::vector<reply> answers(members_->size());
    part asking = [&](http_client& client, std::size_t number) {
        return [](http_client& from, std::string what, reply& to) -> asio::awaitable<void> {
            to = co_await from.get(std::move(what));
        }(client, target, answers[number]);
    };
    co_await each(std::move(asking));
    co_return answers;
}

asio::awaitable<void> crowd::each(part does)
{
    return each_of(members_, std::move(does));
}

asio::awaitable<void> crowd::each_of(std::shared_ptr<member_list> members, part does)
{
    auto failures = std::make_shared<first_error>();
    coffer::background tasks([failures](std::exception_ptr failure) { (*failures)(failure); });
    for (std::size_t at = 0; at < members->size(); ++at)
        tasks.start((*members)[at].strand, does((*members)[at].client, at));
    co_await tasks.close();
    failures->rethrow();
}

std::size_t count_status(const std::vector<reply>& answers, unsigned status)
{
    const auto same = [status](const reply& one) { return one.status == status; };
    return static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), same));
}

bool all_alike(const std::vector<reply>& answers)
{
    const auto same = [&](const reply& one) { return one.body == answers.front().body; };
    return std::all_of(answers.begin(), answers.end(), same);
}

} // namespace catalog
