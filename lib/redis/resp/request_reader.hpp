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

/// Tells which arguments of a command are keys, seeing one after the other.
class key_finder {
public:
    /// `arguments`: how many there are, with the name, which is number 0.
    key_finder(const key_places& places, std::size_t arguments) noexcept;

    /// To be asked of each argument in order.
    bool is_key(std::size_t number, std::string_view argument) noexcept;

private:
    bool in_range(std::size_t number) const noexcept;

    const key_places places_;
    const std::size_t arguments_;
    std::size_t last_ = 0;  // of those with fixed places
    std::size_t begin_ = 0; // of those that are counted, or follow a word
    std::size_t end_ = 0;   // behind them
    bool streams_ = false;  // the word has come
};

} // namespace coffer::redis::detail
