// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

namespace support {

/// A member or capture that counts the objects alive, so that a test can show that none is left.
class live {
public:
    live() noexcept { ++count_; }
    live(const live&) noexcept { ++count_; }
    live(live&&) noexcept { ++count_; }
    live& operator=(const live&) noexcept = default;
    live& operator=(live&&) noexcept = default;
    ~live() { --count_; }

    static int count() noexcept { return count_; }

private:
    inline static std::atomic<int> count_{0};
};

} // namespace support
