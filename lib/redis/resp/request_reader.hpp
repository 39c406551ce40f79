// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/command_flags.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace coffer::redis::detail {

/// Reads the bytes that a `request` has written.
class request_reader {
public:
    explicit request_reader(std::string_view bytes) noexcept : bytes_(bytes) {}

    /// How many arguments the next command has, with its name.
    std::size_t begin_command() noexcept { return number(at_); }
    /// Where the text of the next argument begins.
    std::size_t text_position() const noexcept;
    std::string_view argument() noexcept;
    /// Passes over an argument whose text is not among the bytes.
    void skip_elsewhere() noexcept { at_ = text_position() + 2; }

private:
    std::size_t number(std::size_t& at) const noexcept;

    std::string_view bytes_;
    std::size_t at_ = 0;
};

/// The name of the first command.
std::string_view first_argument(std::string_view bytes) noexcept;

/// The keys among the arguments of a command, the name being the first of them.
std::vector<std::string_view> keys_of(const key_places& places,
                                      const std::vector<std::string_view>& arguments);

} // namespace coffer::redis::detail
