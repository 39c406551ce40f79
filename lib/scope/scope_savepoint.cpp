// SPDX-License-Identifier: BSL-1.0
#include "scope/scope_core.hpp"

#include <coffer/scope/scope_savepoint.hpp>

#include <utility>

namespace coffer {

scope_savepoint::scope_savepoint(std::shared_ptr<detail::scope_core> core,
                                 std::shared_ptr<detail::scope_level> level) noexcept
    : core_(std::move(core)), level_(std::move(level))
{}

scope_savepoint& scope_savepoint::operator=(scope_savepoint&& other) noexcept
{
    scope_savepoint taken(std::move(other));
    core_.swap(taken.core_);
    level_.swap(taken.level_);
    return *this;
}

scope_savepoint::~scope_savepoint()
{
    if (core_)
        core_->drop_inner(*level_);
}

void scope_savepoint::release()
{
    core_->end_inner(*level_, detail::scope_end::committed);
}

void scope_savepoint::rollback()
{
    core_->end_inner(*level_, detail::scope_end::rolled_back);
}

} // namespace coffer
