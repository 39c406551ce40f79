// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/storage/storage.hpp>

#include <boost/system/system_error.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace support {

namespace asio = boost::asio;

/// As little as a storage may be: it overrides what it must, and declares nothing more.
class bare_storage : public coffer::storage {
public:
    explicit bare_storage(coffer::clock time) : time_(std::move(time)) {}

    coffer::capabilities able() const noexcept override { return {}; }
    coffer::storage_limits limits() const noexcept override { return {}; }
    std::string describe() const override { return "bare storage"; }

protected:
    using found = std::optional<coffer::stored_entry>;

    asio::awaitable<found> do_get(coffer::storage_key key) override
    {
        const auto lock = open();
        const auto at = kept_.find(key.text());
        if (at == kept_.end() || at->second.until <= time_.now())
            co_return std::nullopt;
        co_return look(at->second);
    }
    asio::awaitable<coffer::fill_state> do_put(coffer::storage_key key,
                                               coffer::entry value) override
    {
        const auto lock = open();
        const auto now = time_.now();
        const bool ends = value.lifetime.is_finite();
        const auto until = ends ? coffer::later(now, value.lifetime.span()) : moment::max();
        kept_.insert_or_assign(key.text(), record{std::move(value), now, until});
        co_return coffer::fill_state::stored;
    }
    asio::awaitable<void> do_invalidate(coffer::storage_key key, coffer::invalidation,
                                        std::optional<std::uint64_t>) override
    {
        const auto lock = open();
        kept_.erase(key.text());
        co_return;
    }
    asio::awaitable<void> do_close() override
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        co_return;
    }

private:
    using moment = coffer::clock::steady_time;
    struct record {
        coffer::entry value;
        moment born;
        moment until;
    };

    std::unique_lock<std::mutex> open()
    {
        std::unique_lock lock(mutex_);
        if (closed_)
            throw boost::system::system_error(coffer::errc::closed, describe());
        return lock;
    }
    coffer::stored_entry look(const record& of) const
    {
        using std::chrono::milliseconds;
        coffer::stored_entry result;
        static_cast<coffer::entry&>(result) = of.value;
        result.age = std::chrono::floor<milliseconds>(time_.now() - of.born);
        if (of.until != moment::max())
            result.fresh_for = std::chrono::ceil<milliseconds>(of.until - time_.now());
        return result;
    }

    const coffer::clock time_;
    std::mutex mutex_;
    std::map<std::string, record> kept_; // by the text of the key; this and below by mutex_
    bool closed_ = false;
};

} // namespace support
