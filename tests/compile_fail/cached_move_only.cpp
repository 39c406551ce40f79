// expect: wrap the loader in coffer::shared
// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>

#include <memory>

boost::asio::awaitable<std::unique_ptr<int>> open_file(int);

auto f = coffer::cached("open", open_file);
