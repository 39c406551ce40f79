// SPDX-License-Identifier: BSL-1.0
#pragma once

// Two processes' worth of cached functions that are read and written while a test does something
// to their servers. What was read is checked against what had been written.
#include "fixture.hpp"

#include "support/history.hpp"

#include <coffer/cached.hpp>
#include <coffer/net/timer.hpp>
#include <coffer/storage/breaker.hpp>

#include <array>
#include <atomic>

namespace support {

class fault_world {
public:
    using version = history::version;
    using function = coffer::cached_function<version(int)>;
    static constexpr int keys = 24; // in many slots

    explicit fault_world(const coffer::redis::config& where)
        : functions_{over(readers_, where), over(writers_, where)}
    {
        for (const int first : {0, 1, 2, 3})
            all_.push_back(
                asio::co_spawn(readers_.executor(), read(this, first), asio::use_future));
        for (const int first : {0, 1})
            all_.push_back(
                asio::co_spawn(writers_.executor(), write(this, first), asio::use_future));
    }
    ~fault_world() { end_ = true; }

    /// Waits until so many more reads have been answered by the storage.
    void await_hits(std::uint64_t more)
    {
        const auto before = hits();
        await([&] { return hits() >= before + more; });
    }
    /// Waits until so many more writes have been told to the storage.
    void await_writes(std::uint64_t more)
    {
        const std::uint64_t before = written_;
        await([&] { return written_ >= before + more; });
    }
    /// Lets the writes end that go on, and no others begin.
    void hold_writers()
    {
        held_ = true;
        await([&] { return writing_ == 0; });
    }
    void let_writers() { held_ = false; }

    /// Ends it; no read was older than a write that had ended before it, and none failed.
    void check()
    {
        end_ = true;
        for (auto& one : all_) {
            REQUIRE_MESSAGE(one.wait_for(60s) == std::future_status::ready, "it hangs");
            one.get();
        }
        all_.clear();
        const auto wrong = past_.violations();
        for (std::size_t i = 0; i < wrong.size() && i < 5; ++i)
            MESSAGE(wrong[i]);
        CHECK(wrong.empty());
        CHECK(failed_ == 0);
        CHECK(past_.changes_seen() > 20); // else nothing was tested
    }

    unsigned loads() const { return loads_; }
    /// Invalidations that failed and were tried again.
    unsigned repeated() const { return repeated_; }

private:
    function over(client_thread& on, const coffer::redis::config& where)
    {
        const redis_storage store(on.executor(), where);
        const coffer::breaker guarded(store,
                                      coffer::breaker_options().failures(5).cool_down(50ms, 200ms));
        auto load = [this](int key) { return load_one(this, key); };
        // Each call loads for itself: who joins a load while the storage is away would get what is
        // as old as that load.
        return coffer::cached("version", load,
                              coffer::options().storage(guarded).allow_concurrent(true));
    }
    std::uint64_t hits() const { return functions_[0].stats().storage_hits; }

    template <class Condition>
    void await(Condition over)
    {
        for (int tries = 0; tries < 6'000 && !over(); ++tries)
            std::this_thread::sleep_for(10ms);
        REQUIRE_MESSAGE(over(), "this takes too long");
    }

    static asio::awaitable<version> load_one(fault_world* self, int key)
    {
        ++self->loads_;
        const version found = self->current_[static_cast<std::size_t>(key)];
        auto pause = coffer::sleep_until(coffer::clock(), coffer::clock().now() + 1ms);
        co_await std::move(pause);
        co_return found;
    }

    static asio::awaitable<void> read(fault_world* self, int first)
    {
        const function f = self->functions_[0];
        history::thread_log seen;
        for (int key = first; !self->end_; key = (key + 5) % keys) {
            const auto begin = self->past_.now();
            try {
                const version value = co_await f(key);
                seen.reads.push_back({key, value, begin, self->past_.now()});
            } catch (const std::exception& failure) {
                MESSAGE(failure.what());
                ++self->failed_;
            }
        }
        self->past_.add(std::move(seen));
    }

    /// Each key has one writer. A write has ended when its invalidation has succeeded.
    static asio::awaitable<void> write(fault_world* self, int first)
    {
        const function f = self->functions_[1];
        history::thread_log done;
        for (int key = first; !self->end_; key = (key + 2) % keys) {
            auto pause = coffer::sleep_until(coffer::clock(), coffer::clock().now() + 10ms);
            co_await std::move(pause);
            if (self->held_)
                continue;
            ++self->writing_;
            const auto begin = self->past_.now();
            const version next = ++self->current_[static_cast<std::size_t>(key)];
            bool told = false;
            while (!told && !self->end_) {
                auto telling = tell(self, f, key);
                told = co_await std::move(telling);
            }
            const auto ended = told ? self->past_.now() : history::never;
            done.writes.push_back({key, next, begin, ended});
            ++self->written_;
            --self->writing_;
        }
        self->past_.add(std::move(done));
    }

    static asio::awaitable<bool> tell(fault_world* self, function f, int key)
    {
        try {
            auto telling = key == 0 ? f.clear() : f.invalidate(key);
            co_await std::move(telling);
            co_return true;
        } catch (const std::exception&) {
            ++self->repeated_;
        }
        auto pause = coffer::sleep_until(coffer::clock(), coffer::clock().now() + 20ms);
        co_await std::move(pause);
        co_return false;
    }

    std::array<std::atomic<version>, keys> current_{};
    history past_;
    std::atomic<bool> end_{false};
    std::atomic<bool> held_{false};
    std::atomic<int> writing_{0};
    std::atomic<std::uint64_t> written_{0};
    std::atomic<unsigned> loads_{0};
    std::atomic<unsigned> repeated_{0};
    std::atomic<unsigned> failed_{0};
    client_thread readers_;
    client_thread writers_;
    std::array<function, 2> functions_;
    std::vector<std::future<void>> all_;
};

} // namespace support
