// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// A blocking connection to the socket file of a Redis, for fixtures: with nothing of the client
/// that is tested, and without a process for each command.
class raw_redis {
public:
    /// Throws `std::runtime_error`, as all of it does after `seconds` without an answer.
    explicit raw_redis(const std::filesystem::path& socket_file, int seconds = 5);
    raw_redis(const raw_redis&) = delete;
    raw_redis& operator=(const raw_redis&) = delete;
    ~raw_redis();

    /// The texts and numbers of the answer, one after the other however deep; a null is empty.
    /// Throws what the server refuses.
    std::vector<std::string> ask(const std::vector<std::string>& command);

private:
    std::string line();
    std::string bytes(std::size_t count);
    void more();
    void read_into(std::vector<std::string>& all);

    int fd_ = -1;
    std::string read_;
};

} // namespace support
