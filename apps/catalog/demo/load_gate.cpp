// SPDX-License-Identifier: BSL-1.0
#include "demo/load_gate.hpp"

#include <coffer/core/clock.hpp>
#include <coffer/core/errc.hpp>
#include <coffer/net/event.hpp>
#include <coffer/net/timer.hpp>

#include <boost/system/system_error.hpp>

#include <limits>
#include <mutex>

namespace catalog {
namespace {

constexpr std::chrono::seconds most_patient(20);

asio::awaitable<bool> wait(coffer::event happened)
{
    const coffer::clock time;
    co_return co_await happened.wait_until(time, coffer::later(time.now(), most_patient));
}

} // namespace

class load_gate::core {
public:
    void arm(std::string function, std::string key, std::size_t others, then what, bool closed)
    {
        const std::lock_guard lock(mutex_);
        function_ = std::move(function);
        key_ = std::move(key);
        others_ = others;
        what_ = what;
        loads_ = joined_ = 0;
        gathered_ = coffer::event();
        opened_ = closed ? coffer::event() : gathered_;
    }

    void saw(const coffer::function_event& what)
    {
        const std::lock_guard lock(mutex_);
        if (what.kind != coffer::event_kind::joined || what.function != function_)
            return;
        ++joined_;
        look();
    }

    static asio::awaitable<void> before(std::shared_ptr<core> self, std::string function,
                                        std::string key)
    {
        auto held = self->enter(function, key);
        if (!held)
            co_return;
        co_await wait(*held);
        self->leave();
    }

    void open() const
    {
        const std::lock_guard lock(mutex_);
        opened_.set();
    }
    coffer::event gathered() const
    {
        const std::lock_guard lock(mutex_);
        return gathered_;
    }
    std::size_t loads() const
    {
        const std::lock_guard lock(mutex_);
        return loads_;
    }
    std::size_t joined() const
    {
        const std::lock_guard lock(mutex_);
        return joined_;
    }

private:
    std::optional<coffer::event> enter(const std::string& function, const std::string& key)
    {
        const std::lock_guard lock(mutex_);
        if (function != function_ || key != key_)
            return std::nullopt;
        ++loads_;
        look();
        return opened_;
    }

    void look() const
    {
        if (loads_ > 0 && joined_ >= others_)
            gathered_.set();
    }

    void leave() const
    {
        const std::lock_guard lock(mutex_);
        if (what_ == then::fail)
            throw boost::system::system_error(coffer::errc::database_failed, "injected");
    }

    mutable std::mutex mutex_; // guards all
    std::string function_;     // empty: holds nothing
    std::string key_;
    std::size_t others_ = 0;
    then what_ = then::query;
    std::size_t loads_ = 0;
    std::size_t joined_ = 0;
    coffer::event gathered_;
    coffer::event opened_;
};

load_gate::load_gate() : core_(std::make_shared<core>())
{}

void load_gate::arm(std::string function, std::string key, std::size_t others, then what)
{
    core_->arm(std::move(function), std::move(key), others, what, false);
}

void load_gate::arm_closed(std::string function, std::string key, std::size_t others)
{
    core_->arm(std::move(function), std::move(key), others, then::query, true);
}

void load_gate::open()
{
    core_->open();
}

void load_gate::disarm()
{
    core_->arm({}, {}, 0, then::query, false);
}

asio::awaitable<bool> load_gate::gathered() const
{
    return wait(core_->gathered());
}

std::size_t load_gate::loads() const
{
    return core_->loads();
}

std::size_t load_gate::joined() const
{
    return core_->joined();
}

service_options load_gate::attached(service_options how) const
{
    how.before_load([self = core_](std::string function, std::string key) {
        return core::before(self, std::move(function), std::move(key));
    });
    how.on_event([self = core_](const coffer::function_event& what) { self->saw(what); });
    return how;
}

} // namespace catalog
