// SPDX-License-Identifier: BSL-1.0
#include "demo/child_program.hpp"

#include <coffer/core/clock.hpp>
#include <coffer/net/as_result.hpp>
#include <coffer/net/background.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/net/with_deadline.hpp>

#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace catalog {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

/// Between fork and exec: only what may be called after a fork of a program with threads.
[[noreturn]] void become(const char* program, char* const* words, int output)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(program, words);
    ::_exit(127);
}

asio::awaitable<std::string> read_line_with(asio::posix::stream_descriptor& from, std::string& rest,
                                            std::string text)
{
    for (std::string line;;) {
        auto reading =
            asio::async_read_until(from, asio::dynamic_buffer(rest), '\n', asio::use_awaitable);
        const auto end = co_await coffer::as_result(std::move(reading));
        if (end.has_error() && end.error() != asio::error::eof)
            throw boost::system::system_error(end.error());
        if (end.has_error())
            throw std::runtime_error("the program ended; the last it said was: " + line + rest);
        line = rest.substr(0, *end);
        rest.erase(0, *end);
        if (line.find(text) != line.npos)
            co_return line;
    }
}

} // namespace

std::filesystem::path find_program(const std::string& name)
{
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        auto file = std::filesystem::path(folder) / name;
        if (::access(file.c_str(), X_OK) == 0)
            return file;
    }
    return {};
}

child_program::child_program(asio::any_io_executor executor, const std::filesystem::path& program,
                             std::vector<std::string> words)
    : output_(std::move(executor))
{
    std::vector<char*> all;
    for (auto& one : words)
        all.push_back(one.data());
    all.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    output_.assign(ends[0]);
    id_ = ::fork();
    if (id_ == 0)
        become(program.c_str(), all.data(), ends[1]);
    const int failure = errno;
    ::close(ends[1]);
    if (id_ < 0)
        throw std::system_error(failure, std::generic_category(), "fork");
}

child_program::~child_program()
{
    if (ended())
        return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, &status_, 0);
}

bool child_program::ended() noexcept
{
    if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_)
        id_ = -1;
    return id_ < 0;
}

asio::awaitable<std::string> child_program::line_with(std::string text)
{
    const coffer::clock time;
    const auto until = time.now() + patience;
    auto reading = read_line_with(output_, read_, std::move(text));
    auto bounded = coffer::with_deadline(std::move(reading), time, until, coffer::background());
    co_return co_await std::move(bounded);
}

asio::awaitable<int> child_program::stop()
{
    if (!ended())
        ::kill(id_, SIGTERM);
    return wait();
}

asio::awaitable<int> child_program::wait()
{
    const coffer::clock time;
    const auto until = time.now() + patience;
    while (!ended() && time.now() < until) {
        const auto next = time.now() + 5ms;
        co_await coffer::sleep_until(time, next);
    }
    if (!ended()) {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, &status_, 0);
        id_ = -1;
    }
    co_return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

} // namespace catalog
