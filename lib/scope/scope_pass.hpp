// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scope/scope_core.hpp"

#include <coffer/net/event.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <memory>
#include <vector>

namespace coffer::detail {

/// One run over the callbacks that are due after the end of a transaction, in a coroutine of its
/// own: whoever waits for it may leave.
class scope_pass {
public:
    explicit scope_pass(std::shared_ptr<scope_core> core) noexcept : core_(std::move(core)) {}
    scope_pass(const scope_pass&) = delete;
    scope_pass& operator=(const scope_pass&) = delete;
    /// A pass that never began, because its waiter was cancelled first, gives its callbacks up.
    ~scope_pass();

    static void start(const std::shared_ptr<scope_pass>& self, const asio::any_io_executor& where);
    /// Starts it unless it runs, and waits for its end. Returns what failed.
    static asio::awaitable<std::vector<std::exception_ptr>>
    finish(std::shared_ptr<scope_pass> self);

private:
    class runner;

    static asio::awaitable<void> run(runner self);
    void failed(std::exception_ptr error);
    void end() noexcept;

    const std::shared_ptr<scope_core> core_;
    const event done_;
    bool started_ = false;                   // written before the coroutine is spawned
    bool complete_ = false;                  // these two are written by the pass until `done_`,
    std::vector<std::exception_ptr> errors_; // and read by the waiter after it
};

} // namespace coffer::detail
