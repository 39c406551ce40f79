// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/reply_view.hpp>

#include <redis/resp/reply_scanner.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

/// A complete reply with the bytes it is a view of.
class reply_of {
public:
    explicit reply_of(std::string bytes) : bytes_(std::move(bytes))
    {
        coffer::redis::detail::reply_scanner scanner;
        REQUIRE(scanner.scan(bytes_) == coffer::redis::detail::reply_scanner::state::complete);
        REQUIRE(scanner.size() == bytes_.size());
        view_ = scanner.view();
    }
    reply_of(const reply_of&) = delete;
    reply_of& operator=(const reply_of&) = delete;

    operator const coffer::redis::reply_view&() const { return view_; }
    const coffer::redis::reply_view& view() const { return view_; }
    const coffer::redis::reply_view* operator->() const { return &view_; }

private:
    std::string bytes_;
    coffer::redis::reply_view view_;
};
