// SPDX-License-Identifier: BSL-1.0
#include "db/sqlite/sqlite_transaction.hpp"

#include <utility>

namespace coffer::detail {

using asio::awaitable;

namespace {

awaitable<void> nothing()
{
    co_return;
}

awaitable<void> wait_for(job_ptr posted)
{
    co_await posted->done().wait();
    if (posted->failed())
        posted->failed()->raise();
}

} // namespace

sqlite_savepoint::sqlite_savepoint(std::shared_ptr<sqlite_transaction> in, scope_savepoint mark)
    : in_(std::move(in)), mark_(std::move(mark)),
      name_("coffer_" + std::to_string(++in_->savepoints_))
{}

sqlite_savepoint::~sqlite_savepoint()
{
    if (!ended_ && in_->open())
        post_rollback(); // the mark drops what was registered, and rolls back what is inside
}

awaitable<std::shared_ptr<sqlite_savepoint>>
sqlite_savepoint::begin(std::shared_ptr<sqlite_transaction> in)
{
    in->require_open();
    auto part = std::make_shared<sqlite_savepoint>(in, in->scope_->savepoint());
    const job_ptr beginning = in->control("savepoint " + part->name_);
    co_await beginning->done().wait();
    if (beginning->failed()) {
        part->ended_ = true; // it has not begun
        beginning->failed()->raise();
    }
    co_return part;
}

job_ptr sqlite_savepoint::post_rollback()
{
    ended_ = true;
    return in_->control("rollback to " + name_, "release " + name_);
}

awaitable<void> sqlite_savepoint::release()
{
    in_->require_open();
    mark_.release();
    ended_ = true;
    co_await wait_for(in_->control("release " + name_));
}

awaitable<void> sqlite_savepoint::rollback()
{
    if (ended_ || !in_->open())
        return nothing();
    mark_.rollback();
    return wait_for(post_rollback());
}

} // namespace coffer::detail
