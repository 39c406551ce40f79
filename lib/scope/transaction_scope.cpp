// SPDX-License-Identifier: BSL-1.0
#include "scope/scope_core.hpp"
#include "scope/scope_pass.hpp"

#include <coffer/transaction_scope.hpp>

#include <utility>

namespace coffer {

using detail::run_on;
using detail::scope_core;
using detail::scope_end;
using detail::scope_pass;

namespace {

asio::awaitable<scope_errors> nothing_to_run()
{
    co_return scope_errors();
}

asio::awaitable<scope_errors> end_scope(const std::shared_ptr<scope_core>& core,
                                        detail::scope_level& level, scope_end end,
                                        std::optional<std::uint64_t> floor)
{
    if (&level != core->outermost().get()) {
        core->end_inner(level, end);
        return nothing_to_run();
    }
    auto pass = std::make_shared<scope_pass>(core);
    core->begin_end(end, floor);
    if (core->options().executor())
        scope_pass::start(pass, core->options().executor());
    return scope_pass::finish(std::move(pass));
}

void abandon_outermost(const std::shared_ptr<scope_core>& core) noexcept
{
    if (!core->abandon())
        return;
    if (!core->options().executor()) {
        core->give_up();
        return;
    }
    try {
        scope_pass::start(std::make_shared<scope_pass>(core), core->options().executor());
    } catch (...) { // out of memory: a destructor has nobody to tell
        core->give_up();
    }
}

} // namespace

transaction_scope::transaction_scope() : transaction_scope(scope_options())
{}

transaction_scope::transaction_scope(scope_options options)
    : core_(std::make_shared<scope_core>(std::move(options))), level_(core_->outermost()),
      owner_(true)
{}

transaction_scope::transaction_scope(std::shared_ptr<scope_core> core,
                                     std::shared_ptr<detail::scope_level> level) noexcept
    : core_(std::move(core)), level_(std::move(level)), owner_(true)
{}

transaction_scope::transaction_scope(const transaction_scope& other) noexcept
    : core_(other.core_), level_(other.level_)
{}

transaction_scope::transaction_scope(transaction_scope&& other) noexcept
    : core_(std::move(other.core_)), level_(std::move(other.level_)),
      owner_(std::exchange(other.owner_, false))
{}

transaction_scope& transaction_scope::operator=(transaction_scope other) noexcept
{
    core_.swap(other.core_);
    level_.swap(other.level_);
    std::swap(owner_, other.owner_);
    return *this;
}

transaction_scope::~transaction_scope()
{
    if (!owner_)
        return;
    if (level_ == core_->outermost())
        abandon_outermost(core_);
    else
        core_->drop_inner(*level_);
}

asio::awaitable<scope_errors> transaction_scope::committed() const
{
    return end_scope(core_, *level_, scope_end::committed, std::nullopt);
}

asio::awaitable<scope_errors> transaction_scope::committed(std::uint64_t floor) const
{
    return end_scope(core_, *level_, scope_end::committed, floor);
}

asio::awaitable<scope_errors> transaction_scope::rolled_back() const
{
    return end_scope(core_, *level_, scope_end::rolled_back, std::nullopt);
}

scope_savepoint transaction_scope::savepoint() const
{
    return {core_, core_->open_savepoint(*level_)};
}

transaction_scope transaction_scope::nested() const
{
    return {core_, core_->open_nested(*level_)};
}

void transaction_scope::touch(std::string key) const
{
    core_->touch(*level_, std::move(key));
}

void transaction_scope::touch_all(std::string group) const
{
    core_->touch_all(*level_, std::move(group));
}

void transaction_scope::touch_all() const
{
    core_->touch_all(*level_, scope_core::everything);
}

bool transaction_scope::touches(std::string_view key, std::string_view group) const
{
    return core_->touches(key, group);
}

std::optional<std::uint64_t> transaction_scope::floor() const
{
    return core_->floor();
}

bool transaction_scope::has_intents() const
{
    return core_->has_intents();
}

bool transaction_scope::open() const
{
    return core_->open(*level_);
}

bool transaction_scope::active() const
{
    return core_->active(*level_);
}

std::uint64_t transaction_scope::abandoned() noexcept
{
    return scope_core::abandoned_scopes.load(std::memory_order_relaxed);
}

void transaction_scope::add_commit(callback action) const
{
    core_->add(*level_, run_on::commit, std::move(action));
}

void transaction_scope::add_once(std::string identity, int strength, callback action) const
{
    core_->add_once(*level_, std::move(identity), strength, std::move(action));
}

void transaction_scope::add_rollback(callback action) const
{
    core_->add(*level_, run_on::rollback, std::move(action));
}

void transaction_scope::attach_erased(std::type_index type, std::weak_ptr<void> object) const
{
    core_->attach(type, std::move(object));
}

std::shared_ptr<void> transaction_scope::attached(std::type_index type) const
{
    return core_->attached(type);
}

} // namespace coffer
