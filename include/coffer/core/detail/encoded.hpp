// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/detail/encode_item.hpp>

namespace coffer::detail {

/// A value's encoding in a buffer that the thread keeps: what a type without typed equality is
/// hashed and compared by. Encoders may use more of them meanwhile.
class encoded {
public:
    template <class T>
    explicit encoded(const T& value) : bytes_(borrow())
    {
        try {
            encode_item(bytes_, value);
        } catch (...) {
            give_back(std::move(bytes_));
            throw;
        }
    }
    encoded(const encoded&) = delete;
    encoded& operator=(const encoded&) = delete;
    ~encoded() { give_back(std::move(bytes_)); }

    std::string_view bytes() const noexcept { return bytes_; }

private:
    static std::string borrow() noexcept;
    static void give_back(std::string&& buffer) noexcept;

    std::string bytes_;
};

} // namespace coffer::detail
