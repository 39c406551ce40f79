// SPDX-License-Identifier: BSL-1.0
#include "io_threads.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <thread>
#include <vector>

namespace catalog {

class io_threads::core {
public:
    explicit core(std::size_t count)
        : context(static_cast<int>(count)), busy(context.get_executor())
    {
        for (std::size_t at = 0; at < count; ++at)
            threads.emplace_back([this] { context.run(); });
    }
    core(const core&) = delete;
    core& operator=(const core&) = delete;
    ~core()
    {
        context.stop();
        for (auto& one : threads)
            one.join();
    }

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> busy;
    std::vector<std::thread> threads;
};

io_threads::io_threads(std::size_t count) : core_(std::make_unique<core>(count))
{}

io_threads::~io_threads() = default;

asio::any_io_executor io_threads::executor() const
{
    return core_->context.get_executor();
}

void io_threads::run(asio::awaitable<void> work)
{
    std::promise<void> ended;
    auto waiting = ended.get_future();
    asio::co_spawn(core_->context, std::move(work), [&ended](std::exception_ptr failure) {
        if (failure)
            ended.set_exception(failure);
        else
            ended.set_value();
    });
    waiting.get();
}

} // namespace catalog
