// SPDX-License-Identifier: BSL-1.0
#include "support/servers/child_process.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <random>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace support {

using namespace std::chrono_literals;

namespace {

/// Between fork and exec: only what may be called after a fork of a program with threads.
[[noreturn]] void become(const char* program, char* const* arguments, int output)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execv(program, arguments);
    ::_exit(127);
}

bool port_is_free(unsigned short port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int failed = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::close(fd);
    return failed == 0;
}

} // namespace

child_process::child_process(const std::filesystem::path& program, const std::string& name,
                             std::vector<std::string> arguments,
                             const std::filesystem::path& output)
{
    const auto found = program.has_parent_path() ? program : find_program(program.string());
    if (found.empty())
        throw std::runtime_error("no program " + program.string() + " in PATH");
    std::string first = name;
    std::vector<char*> all{first.data()};
    for (auto& one : arguments)
        all.push_back(one.data());
    all.push_back(nullptr);
    const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        throw std::system_error(errno, std::generic_category(), output.string());
    id_ = ::fork();
    if (id_ == 0)
        become(found.c_str(), all.data(), log);
    ::close(log);
    if (id_ < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
}

child_process::~child_process()
{
    stop();
}

bool child_process::reap(bool block) noexcept
{
    if (id_ > 0 && ::waitpid(id_, &status_, block ? 0 : WNOHANG) == id_)
        id_ = -1;
    return id_ < 0;
}

bool child_process::running() noexcept
{
    return !reap(false);
}

void child_process::send(int signal) const noexcept
{
    if (id_ > 0)
        ::kill(id_, signal);
}

void child_process::stop(int signal) noexcept
{
    if (!running())
        return;
    send(signal);
    send(SIGCONT); // one that is suspended hears nothing but SIGKILL
    wait(5);
}

int child_process::wait(int seconds) noexcept
{
    for (int tries = 0; tries < seconds * 200 && running(); ++tries)
        std::this_thread::sleep_for(5ms);
    if (running()) {
        send(SIGKILL);
        reap(true);
        return -1;
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

scratch_folder::scratch_folder()
{
    auto name = (std::filesystem::temp_directory_path() / "coffer-test-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
}

scratch_folder::~scratch_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

unsigned short free_port()
{
    static thread_local std::mt19937 random{std::random_device()()};
    std::uniform_int_distribution<int> any(12'000, 22'000); // both below those of outgoing ones
    for (int tries = 0; tries < 200; ++tries) {
        const auto port = static_cast<unsigned short>(any(random));
        if (port_is_free(port) && port_is_free(static_cast<unsigned short>(port + 10'000)))
            return port;
    }
    throw std::runtime_error("no free port on 127.0.0.1");
}

std::string tail_of(const std::filesystem::path& file, std::size_t bytes)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    const auto text = all.str();
    return text.size() <= bytes ? text : text.substr(text.size() - bytes);
}

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

} // namespace support
