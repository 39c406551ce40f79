// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace coffer::redis::detail {

class link;

/// Knows the links of one execution context, to tell them when it goes: what is pending on them
/// holds coroutines that would keep themselves alive.
class link_service {
public:
    class shared;

    /// The one of the executor's context.
    static link_service of(const boost::asio::any_io_executor& executor);
    void add(link& added);

private:
    explicit link_service(std::shared_ptr<shared> all) : all_(std::move(all)) {}
    std::shared_ptr<shared> all_;
};

} // namespace coffer::redis::detail
