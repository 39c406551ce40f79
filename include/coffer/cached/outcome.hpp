// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <utility>
#include <variant>

namespace coffer {

/// A value, or the exception instead of it.
template <class T>
class outcome {
public:
    outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    outcome(std::exception_ptr failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Errors: throws the exception if there is no value.
    const T& value() const&
    {
        raise();
        return *std::get_if<0>(&state_);
    }
    T&& value() &&
    {
        raise();
        return std::move(*std::get_if<0>(&state_));
    }
    /// Null if there is a value.
    std::exception_ptr error() const noexcept
    {
        return has_value() ? nullptr : *std::get_if<1>(&state_);
    }

private:
    void raise() const
    {
        if (!has_value())
            std::rethrow_exception(*std::get_if<1>(&state_));
    }

    std::variant<T, std::exception_ptr> state_;
};

} // namespace coffer
