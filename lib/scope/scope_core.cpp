// SPDX-License-Identifier: BSL-1.0
#include "scope/scope_core.hpp"

#include <coffer/core/errc.hpp>

#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <utility>

namespace coffer::detail {
namespace {

[[noreturn]] void refuse(errc code)
{
    throw boost::system::system_error(code);
}

scope_level& innermost(scope_level& scope) noexcept
{
    return scope.top ? *scope.top : scope;
}

} // namespace

std::atomic<std::uint64_t> scope_core::abandoned_scopes{0};

scope_core::scope_core(scope_options options)
    : options_(std::move(options)), outermost_(std::make_shared<scope_level>())
{
    outermost_->base = outermost_.get();
}

void scope_core::require_open(const scope_level& level) const
{
    if (phase_ != phase::open || !level.open())
        refuse(errc::scope_finished);
}

// While callbacks run, further ones join the pass. A commit can no longer roll back.
void scope_core::require_late(run_on when)
{
    const run_on runs = phase_ == phase::committing ? run_on::commit : run_on::rollback;
    if (phase_ == phase::finished || when != runs)
        refuse(errc::scope_finished);
    if (late_ == options_.late_callbacks())
        refuse(errc::too_many_callbacks);
    ++late_;
}

std::shared_ptr<scope_level> scope_core::open_level(scope_level& scope, bool savepoint)
{
    auto level = std::make_shared<scope_level>();
    const std::lock_guard lock(mutex_);
    require_open(scope);
    level->base = savepoint ? &scope : level.get();
    level->parent = innermost(scope).shared_from_this();
    level->begin = sequence_;
    ++level->parent->inside;
    if (savepoint)
        scope.top = level.get();
    return level;
}

std::shared_ptr<scope_level> scope_core::open_savepoint(scope_level& scope)
{
    return open_level(scope, true);
}

std::shared_ptr<scope_level> scope_core::open_nested(scope_level& scope)
{
    return open_level(scope, false);
}

callback_list::entries scope_core::end_level(scope_level& level, scope_end end)
{
    const scope_level& outer = *level.parent;
    level.ended = true;
    --level.parent->inside;
    if (!level.is_scope()) // whatever is open inside ends with it
        level.base->top = outer.is_scope() ? nullptr : level.parent.get();
    if (end == scope_end::committed) {
        keys_.merge(level, outer);
        groups_.merge(level, outer);
        return callbacks_.merge(level, outer);
    }
    keys_.drop(level);
    groups_.drop(level);
    return callbacks_.drop(level, *outermost_);
}

void scope_core::end_inner(scope_level& level, scope_end end)
{
    callback_list::entries unused; // destroyed after the lock is released
    const std::lock_guard lock(mutex_);
    require_open(level);
    if (level.inside != 0)
        throw std::logic_error("coffer: a savepoint or nested scope was ended while another one "
                               "inside it was still open; end the inner one first");
    unused = end_level(level, end);
}

void scope_core::drop_inner(scope_level& level) noexcept
{
    callback_list::entries unused;
    const std::lock_guard lock(mutex_);
    if (phase_ == phase::open && level.open())
        unused = end_level(level, scope_end::rolled_back);
}

callback_list::entries scope_core::add_locked(scope_level& scope, scope_entry& entry)
{
    if (phase_ == phase::open) {
        require_open(scope);
        entry.level = &innermost(scope);
    } else {
        require_late(entry.when);
        entry.level = outermost_.get();
    }
    entry.sequence = sequence_++;
    return callbacks_.add(std::move(entry));
}

void scope_core::add(scope_level& scope, run_on when, std::unique_ptr<scope_callback> action)
{
    scope_entry entry{0, when, nullptr, {}, 0, std::move(action)};
    callback_list::entries unused;
    const std::lock_guard lock(mutex_);
    unused = add_locked(scope, entry);
}

void scope_core::add_once(scope_level& scope, std::string identity, int strength,
                          std::unique_ptr<scope_callback> action)
{
    BOOST_ASSERT(!identity.empty());
    scope_entry entry{0, run_on::commit, nullptr, std::move(identity), strength, std::move(action)};
    callback_list::entries unused;
    const std::lock_guard lock(mutex_);
    unused = add_locked(scope, entry);
}

void scope_core::touch(scope_level& scope, std::string key)
{
    const std::lock_guard lock(mutex_);
    require_open(scope);
    keys_.add(std::move(key), innermost(scope), sequence_++);
}

void scope_core::touch_all(scope_level& scope, std::string group)
{
    const std::lock_guard lock(mutex_);
    require_open(scope);
    groups_.add(std::move(group), innermost(scope), sequence_++);
}

bool scope_core::touches(std::string_view key, std::string_view group) const
{
    const std::lock_guard lock(mutex_);
    return keys_.contains(key) || groups_.contains(group) || groups_.contains(everything);
}

void scope_core::attach(std::type_index type, std::weak_ptr<void> object)
{
    const std::lock_guard lock(mutex_);
    for (auto& [known, held] : attached_)
        if (known == type) {
            held = std::move(object);
            return;
        }
    attached_.emplace_back(type, std::move(object));
}

std::shared_ptr<void> scope_core::attached(std::type_index type) const
{
    const std::lock_guard lock(mutex_);
    for (const auto& [known, held] : attached_)
        if (known == type)
            return held.lock();
    return nullptr;
}

void scope_core::begin_end(scope_end end, std::optional<std::uint64_t> floor)
{
    callback_list::entries merged, settled;
    const std::lock_guard lock(mutex_);
    if (phase_ != phase::open)
        refuse(errc::scope_finished);
    const bool committed = end == scope_end::committed;
    phase_ = committed ? phase::committing : phase::rolling_back;
    floor_ = floor;
    merged = callbacks_.merge_all(*outermost_); // what is still open ends with the transaction
    settled = callbacks_.settle(end);
    if (committed)
        return; // touched names stay until the invalidations have run
    keys_.clear();
    groups_.clear();
}

std::unique_ptr<scope_callback> scope_core::next_due()
{
    callback_list::entries next;
    const std::lock_guard lock(mutex_);
    next = callbacks_.pop();
    if (!next.empty())
        return std::move(next.front().action);
    phase_ = phase::finished;
    keys_.clear();
    groups_.clear();
    return nullptr;
}

std::size_t scope_core::give_up() noexcept
{
    callback_list::entries unused;
    const std::lock_guard lock(mutex_);
    phase_ = phase::finished;
    keys_.clear();
    groups_.clear();
    unused = callbacks_.take_all();
    return unused.size();
}

bool scope_core::abandon() noexcept
{
    callback_list::entries merged, settled;
    const std::lock_guard lock(mutex_);
    if (phase_ != phase::open)
        return false;
    phase_ = phase::rolling_back;
    abandoned_scopes.fetch_add(1, std::memory_order_relaxed); // a statistic: orders nothing
    merged = callbacks_.merge_all(*outermost_);
    settled = callbacks_.settle(scope_end::rolled_back);
    keys_.clear();
    groups_.clear();
    return true;
}

std::optional<std::uint64_t> scope_core::floor() const
{
    const std::lock_guard lock(mutex_);
    return floor_;
}

bool scope_core::has_intents() const
{
    const std::lock_guard lock(mutex_);
    return callbacks_.has_intents();
}

bool scope_core::open(const scope_level& scope) const
{
    const std::lock_guard lock(mutex_);
    return phase_ == phase::open && scope.open();
}

bool scope_core::active(const scope_level& scope) const
{
    const std::lock_guard lock(mutex_);
    return phase_ != phase::finished && scope.open();
}

void scope_core::report(std::exception_ptr error) const noexcept
{
    if (!options_.on_error())
        return;
    try {
        options_.on_error()(std::move(error));
    } catch (...) { // nothing may come out of a handler; there is nobody left to tell
    }
}

} // namespace coffer::detail
