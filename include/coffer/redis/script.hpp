// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/redis_part.hpp>

#include <memory>
#include <string>

namespace coffer::redis {

/// A Lua script. Copies share the text.
///
/// It is sent in full once, and by its digest from then on; in full again if the server has lost
/// it.
class script {
public:
    explicit script(std::string text);

    const std::string& text() const noexcept { return it_->text; }
    /// SHA-1 in hexadecimal, by which the server knows it.
    const std::string& digest() const noexcept { return it_->digest; }

private:
    struct content {
        std::string text;
        std::string digest;
    };
    std::shared_ptr<const content> it_;
};

} // namespace coffer::redis
