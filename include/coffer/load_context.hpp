// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/entry.hpp>
#include <coffer/core/ttl.hpp>

#include <boost/assert.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coffer {

class transaction_scope;

/// What a loader may know and say about the value that it loads.
///
/// A loader asks for it by taking `load_context&` as its first parameter.
///
/// Threads: belongs to the loader's coroutine. Lifetime: until that coroutine ends.
class load_context {
public:
    load_context(clock::steady_time deadline, std::shared_ptr<const transaction_scope> scope)
        : deadline_(deadline), scope_(std::move(scope))
    {}
    load_context(const load_context&) = delete;
    load_context& operator=(const load_context&) = delete;

    /// For how long this value is fresh, instead of the function's own time to live.
    load_context& ttl(coffer::ttl lifetime) noexcept
    {
        said_.lifetime = lifetime;
        return *this;
    }
    load_context& grace(std::chrono::milliseconds lasting) noexcept
    {
        said_.grace = lasting;
        return *this;
    }
    /// What the source calls this version of the value, e.g. an ETag. The next load finds it in
    /// `previous_validator()`.
    load_context& validator(std::string text)
    {
        said_.validator = std::move(text);
        return *this;
    }
    /// Adds a tag. It counts from before the load: a bump while it runs refuses the value.
    load_context& tag(std::string text)
    {
        said_.tags.push_back(std::move(text));
        return *this;
    }
    /// The source's version, read after the load began: below a floor the value is not stored.
    load_context& version(std::uint64_t number) noexcept
    {
        said_.version = number;
        return *this;
    }
    /// With `false` the value is delivered and not stored.
    load_context& store_if(bool worthwhile) noexcept
    {
        said_.store = worthwhile;
        return *this;
    }

    /// The validator of the stale entry that this load may replace; empty if there is none.
    std::string_view previous_validator() const noexcept { return validator_; }

    /// Keeps the stale value, which begins a new life: the answer to "not modified".
    ///
    /// Precondition: `has_previous()`; `Value` is what the function returns.
    template <class Value>
    Value keep_previous()
    {
        BOOST_ASSERT_MSG(previous_, "keep_previous() without a previous value");
        if (said_.validator.empty())
            said_.validator = validator_;
        return *static_cast<const Value*>(previous_.get());
    }
    bool has_previous() const noexcept { return previous_ != nullptr; }

    /// After it nobody waits for this load any more, and it is told to stop.
    clock::steady_time deadline() const noexcept { return deadline_; }

    /// The transaction on whose behalf the load runs (`f.in(scope)`), or null.
    const transaction_scope* scope() const noexcept { return scope_.get(); }

    // For the function that runs the load.
    struct said {
        coffer::ttl lifetime;                           // inherit: the function's
        std::optional<std::chrono::milliseconds> grace; // absent: the function's
        std::string validator;
        std::vector<std::string> tags;
        std::optional<std::uint64_t> version;
        bool store = true;
    };
    said& spoken() noexcept { return said_; }
    void previous(std::shared_ptr<const void> value, std::string text)
    {
        previous_ = std::move(value);
        validator_ = std::move(text);
    }

private:
    said said_;
    clock::steady_time deadline_;
    std::shared_ptr<const transaction_scope> scope_;
    std::shared_ptr<const void> previous_; // the function's own value type
    std::string validator_;
};

} // namespace coffer
