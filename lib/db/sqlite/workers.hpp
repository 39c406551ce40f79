// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>

namespace boost::asio {
class thread_pool;
} // namespace boost::asio

namespace coffer::detail {

namespace asio = boost::asio;

/// The threads that a pool blocks: its own, or an executor that it was given.
class workers {
public:
    workers(asio::any_io_executor given, std::size_t threads);
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;
    /// Waits for the threads; from one of them, it leaves that to another thread.
    ~workers();

    const asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    std::unique_ptr<asio::thread_pool> own_; // null if an executor was given
    asio::any_io_executor executor_;
};

} // namespace coffer::detail
