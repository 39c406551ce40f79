// SPDX-License-Identifier: BSL-1.0
#include <coffer/options.hpp>

#include <stdexcept>

namespace coffer {
namespace {

void require(bool right, const char* text)
{
    if (!right)
        throw std::invalid_argument(text);
}

} // namespace

options& options::ttl(coffer::ttl lifetime)
{
    require(!lifetime.is_inherit(), "coffer: options().ttl(inherit) has nothing to inherit from");
    settings_.lifetime = lifetime;
    return *this;
}

options& options::grace(std::chrono::milliseconds lasting)
{
    require(lasting.count() >= 0, "coffer: options().grace(...) must not be negative");
    settings_.grace = lasting;
    return *this;
}

options& options::time_to_idle(coffer::ttl lasting)
{
    require(!lasting.is_zero() && !lasting.is_inherit(),
            "coffer: options().time_to_idle(...) takes a positive duration or never");
    settings_.time_to_idle = lasting;
    return *this;
}

options& options::jitter(double share)
{
    require(share >= 0 && share <= 1, "coffer: options().jitter(...) takes a share from 0 to 1");
    settings_.jitter = share;
    return *this;
}

options& options::error_ttl(coffer::ttl lifetime)
{
    require(!lifetime.is_inherit(),
            "coffer: options().error_ttl(inherit) has nothing to inherit from");
    settings_.error_lifetime = lifetime;
    return *this;
}

options& options::allow_concurrent(bool allowed)
{
    settings_.allow_concurrent = allowed;
    return *this;
}

options& options::executor(asio::any_io_executor where)
{
    require(static_cast<bool>(where), "coffer: options().executor(...) got an empty executor");
    settings_.executor = std::move(where);
    return *this;
}

options& options::load_deadline(std::chrono::milliseconds most)
{
    require(most.count() > 0 && most <= std::chrono::hours(24),
            "coffer: options().load_deadline(...) must be positive and at most a day");
    settings_.load_deadline = most;
    return *this;
}

options& options::cancel_abandoned(bool stop)
{
    settings_.cancel_abandoned = stop;
    return *this;
}

options& options::fail_open(bool open)
{
    settings_.fail_closed = !open;
    return *this;
}

options& options::lease_wait(std::chrono::milliseconds most)
{
    require(most.count() >= 0, "coffer: options().lease_wait(...) must not be negative");
    settings_.lease_wait = most;
    return *this;
}

options& options::max_loads(std::size_t count)
{
    require(count > 0, "coffer: options().max_loads(0) could never load anything");
    settings_.max_loads = count;
    return *this;
}

options& options::batch_parallel(std::size_t count)
{
    require(count > 0, "coffer: options().batch_parallel(0) could never load anything");
    settings_.batch_parallel = count;
    return *this;
}

options& options::storage(storage_ptr where)
{
    require(where != nullptr, "coffer: options().storage(...) got a null storage");
    settings_.store = std::move(where);
    return *this;
}

options& options::near(coffer::ttl at_most)
{
    require(!at_most.is_inherit(), "coffer: options().near(inherit) has nothing to inherit from");
    settings_.near_given = true;
    settings_.near_ttl = at_most;
    return *this;
}

options& options::near(coherent_t)
{
    settings_.near_given = settings_.near_coherent = true;
    return *this;
}

options& options::capacity(std::size_t entries)
{
    settings_.capacity = entries;
    return *this;
}

void options::bound_weight(std::size_t most)
{
    require(most > 0, "coffer: options().max_weight(0, ...) could never keep anything; "
                      "capacity(0) says so");
    settings_.max_weight = most;
}

options& options::namespace_(std::string name)
{
    require(!name.empty(), "coffer: options().namespace_(\"\"): give it a name");
    settings_.space = std::move(name);
    return *this;
}

options& options::tenant(std::string name)
{
    settings_.tenant = std::move(name);
    return *this;
}

options& options::version(std::uint32_t number)
{
    settings_.version = number;
    return *this;
}

options& options::tag(std::string name)
{
    settings_.tags.push_back(std::move(name));
    return *this;
}

options& options::clock(coffer::clock time)
{
    settings_.time = std::move(time);
    return *this;
}

options& options::on_event(std::function<void(const function_event&)> handler)
{
    settings_.on_event = std::move(handler);
    return *this;
}

} // namespace coffer
