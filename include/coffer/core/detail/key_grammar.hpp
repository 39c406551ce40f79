// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The words of which encoded keys are made; `core/key_encoder.hpp` has the grammar.
namespace coffer::detail::key_grammar {

/// A tag and a decimal number. No word begins with a digit or a minus, so it ends by itself.
void number(std::string& out, char tag, std::int64_t value);
void number(std::string& out, char tag, std::uint64_t value);

/// The bits of a double, with one zero and one NaN.
std::uint64_t canonical_bits(double value) noexcept;
void floating(std::string& out, double value);
void floating(std::string& out, long double value);

/// A tag, the length, a dot, the bytes as they are.
void framed(std::string& out, char tag, std::string_view bytes);

/// Encoded members of a set or map that are put in order before they are written.
class unordered_words {
public:
    /// The members are appended here one after the other; `end_of_one` follows each.
    std::string& words() noexcept { return words_; }
    void end_of_one() { ends_.push_back(words_.size()); }
    void write_sorted(std::string& out, char tag) const;

private:
    std::string words_;
    std::vector<std::size_t> ends_; // where each member ends in words_
};

} // namespace coffer::detail::key_grammar
