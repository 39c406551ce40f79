// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::detail {

/// 32 bytes that are wiped when they go.
class secret_key {
public:
    /// Precondition: `bytes` are 32.
    secret_key(std::uint32_t number, std::string_view bytes) noexcept;
    ~secret_key();
    secret_key(const secret_key&) = delete;
    secret_key& operator=(const secret_key&) = delete;

    const std::uint32_t id;
    const unsigned char* bytes() const noexcept { return bytes_; }

private:
    unsigned char bytes_[32];
};

} // namespace coffer::detail
