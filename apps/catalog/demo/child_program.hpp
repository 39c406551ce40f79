// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace catalog {

namespace asio = boost::asio;

/// Where a program is in PATH; empty if nowhere.
std::filesystem::path find_program(const std::string& name);

/// A program that runs beside this one. It gets no input, and is killed at the latest when the
/// thread ends that started it.
///
/// Threads: one at a time.
class child_program {
public:
    /// `words` are what it is called with, its name first.
    ///
    /// Errors: `std::system_error`.
    child_program(asio::any_io_executor executor, const std::filesystem::path& program,
                  std::vector<std::string> words);
    child_program(const child_program&) = delete;
    child_program& operator=(const child_program&) = delete;
    /// Kills it if it still runs.
    ~child_program();

    /// The next line of its output that holds `text`; at most ten seconds.
    ///
    /// Errors: `std::runtime_error` if it ends before; `errc::timeout`.
    asio::awaitable<std::string> line_with(std::string text);
    /// Waits until it has ended. Returns its exit status, or -1 if a signal ended it or had to,
    /// after ten seconds.
    asio::awaitable<int> wait();
    /// Asks it to end, and waits for that.
    asio::awaitable<int> stop();

private:
    bool ended() noexcept;

    pid_t id_ = -1; // -1 once it has been waited for
    int status_ = 0;
    asio::posix::stream_descriptor output_;
    std::string read_; // and not yet given out
};

} // namespace catalog
