// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/workers.hpp"

#include <boost/asio/thread_pool.hpp>

#include <thread>
#include <utility>

namespace coffer::detail {

workers::workers(asio::any_io_executor given, std::size_t threads) : executor_(std::move(given))
{
    if (executor_)
        return;
    own_ = std::make_unique<asio::thread_pool>(threads);
    executor_ = own_->get_executor();
}

workers::~workers()
{
    if (!own_)
        return;
    const bool inside = own_->get_executor().running_in_this_thread();
    executor_ = asio::any_io_executor();
    if (!inside)
        return; // the thread pool stops and joins
    std::thread([pool = std::move(own_)] { pool->join(); }).detach();
}

} // namespace coffer::detail
