// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace coffer {

/// The source's own version of a value, growing with each change of it.
class value_version {
public:
    constexpr explicit value_version(std::uint64_t number) noexcept : number_(number) {}
    constexpr std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_;
};

} // namespace coffer
