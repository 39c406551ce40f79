// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace support {

/// A program that a test has started. It gets no input, and its output goes to a file. It dies with
/// the thread that started it.
class child_process {
public:
    /// `program` is a path, or looked up in PATH; `arguments` are those after the program's name,
    /// which is `name`.
    child_process(const std::filesystem::path& program, const std::string& name,
                  std::vector<std::string> arguments, const std::filesystem::path& output);
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    /// Stops it, by force if it takes longer than five seconds.
    ~child_process();

    pid_t id() const noexcept { return id_; }
    bool running() noexcept;
    void send(int signal) const noexcept;
    /// Waits until it has ended; kills it after five seconds.
    void stop(int signal = SIGTERM) noexcept;
    /// Waits for its end; the exit status, or -1 if a signal ended it or it took longer than that.
    int wait(int seconds) noexcept;

private:
    bool reap(bool block) noexcept;

    pid_t id_ = -1; // -1 once it has been waited for
    int status_ = 0;
};

/// A folder that goes, with all in it, at the end of the test.
class scratch_folder {
public:
    scratch_folder();
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder();

    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

/// A port of 127.0.0.1 on which nothing listens now; the port 10,000 above it is free as well.
unsigned short free_port();

/// The end of a log file, for the message of a failure.
std::string tail_of(const std::filesystem::path& file, std::size_t bytes = 2000);

/// Where a program is in PATH; empty if nowhere.
std::filesystem::path find_program(const std::string& name);

} // namespace support
