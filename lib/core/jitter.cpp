// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/jitter.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <random>

namespace coffer {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds shortest{1};

template <class Engine>
double draw(Engine& from)
{
    return std::uniform_real_distribution<>(0.0, 1.0)(from);
}

double machine_share()
{
    thread_local std::minstd_rand engine{std::random_device{}()};
    return draw(engine);
}

class seeded {
public:
    explicit seeded(std::uint64_t seed) : engine_(seed) {}

    double share()
    {
        const std::lock_guard lock(mutex_);
        return draw(engine_);
    }

private:
    std::mutex mutex_;
    std::mt19937_64 engine_; // guarded by mutex_
};

/// `share` of `whole`, rounded down.
milliseconds part(milliseconds whole, double share)
{
    if (share >= 1)
        return whole; // exactly, and it might not fit into a double
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::duration<double, std::milli>(whole) * share);
}

} // namespace

jitter::jitter(std::uint64_t seed)
    : shares_([from = std::make_shared<seeded>(seed)] { return from->share(); })
{}

jitter jitter::none()
{
    // Of a pause this is all, of a lifetime nothing is taken off: see `pause` and `shorten`.
    return jitter([] { return 1.0; });
}

double jitter::share() const
{
    return shares_ ? shares_() : machine_share();
}

milliseconds jitter::pause(milliseconds most) const
{
    return most <= shortest ? most : shortest + part(most - shortest, share());
}

ttl jitter::shorten(ttl whole, double most) const
{
    if (!whole.is_finite() || whole.is_zero() || most <= 0)
        return whole;
    return std::max(shortest, part(whole.span(), 1.0 - most * (1.0 - share())));
}

} // namespace coffer
