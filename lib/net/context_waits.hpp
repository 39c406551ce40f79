// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <mutex>

namespace coffer::detail {

namespace asio = boost::asio;

class parked_wait;

/// The parked waits of one execution context. They are retired before the context takes its timers
/// apart, which it does without a lock: whoever wakes one on another thread may do so at any time.
class context_waits {
public:
    /// Those of the executor's context. Its timers must exist already: what was made last ends
    /// first.
    static std::shared_ptr<context_waits> of(const asio::any_io_executor& executor);

    void add(parked_wait& one);
    void remove(parked_wait& one) noexcept;
    void retire_all() noexcept;

private:
    std::mutex mutex_; // taken before that of a wait
    parked_wait* first_ = nullptr;
};

} // namespace coffer::detail
