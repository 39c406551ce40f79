// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>

namespace catalog {

namespace asio = boost::asio;

/// An `io_context` and the threads that run it.
///
/// Lifetime: the destructor stops the context and joins; what still waits in it is dropped.
class io_threads {
public:
    explicit io_threads(std::size_t count);
    ~io_threads();

    asio::any_io_executor executor() const;

    /// Runs `work` on the threads and waits for it. Rethrows what it throws.
    ///
    /// Precondition: not called from one of the threads.
    void run(asio::awaitable<void> work);

private:
    class core;
    std::unique_ptr<core> core_;
};

} // namespace catalog
