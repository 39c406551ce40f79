// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/entry.hpp>
#include <coffer/core/ttl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
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

    /// Keeps the stale value, which begins a new life with its validator, unless one was given, and
    /// its tags: the answer to "not modified".
    ///
    /// Errors: `std::logic_error` if there is none (a source that says so unasked), or if `Value`
    /// is not what the function returns.
    template <class Value>
    Value keep_previous()
    {
        if (!previous_ || *type_ != typeid(Value))
            throw std::logic_error("coffer: keep_previous<T>(): there is no previous value of that "
                                   "type; see has_previous()");
        if (said_.validator.empty())
            said_.validator = validator_;
        for (const auto& tag : previous_tags_)
            said_.add(tag);
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

        void add(const std::string& tag)
        {
            if (std::find(tags.begin(), tags.end(), tag) == tags.end())
                tags.push_back(tag);
        }
    };
    said& spoken() noexcept { return said_; }
    template <class Value>
    void previous(std::shared_ptr<const Value> value, std::string text,
                  std::vector<std::string> tags)
    {
        previous_ = std::move(value);
        type_ = &typeid(Value);
        validator_ = std::move(text);
        previous_tags_ = std::move(tags);
    }

private:
    said said_;
    clock::steady_time deadline_;
    std::shared_ptr<const transaction_scope> scope_;
    std::shared_ptr<const void> previous_;   // the function's own value type
    const std::type_info* type_ = nullptr;   // of it
    std::string validator_;                  // its own
    std::vector<std::string> previous_tags_; // its own
};

} // namespace coffer
