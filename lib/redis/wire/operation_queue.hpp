// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/operation.hpp>

#include <cstddef>

namespace coffer::redis::detail {

/// Operations one after the other, linked through themselves: nothing is allocated, and any of
/// them is taken out at once.
class operation_queue {
public:
    operation* front() const noexcept { return first_; }
    bool empty() const noexcept { return first_ == nullptr; }
    std::size_t size() const noexcept { return size_; }
    /// Of the requests.
    std::size_t bytes() const noexcept { return bytes_; }

    void push_back(operation& added) noexcept { insert(added, last_, nullptr); }
    void push_front(operation& added) noexcept { insert(added, nullptr, first_); }
    void remove(operation& one) noexcept
    {
        (one.previous_ ? one.previous_->next_ : first_) = one.next_;
        (one.next_ ? one.next_->previous_ : last_) = one.previous_;
        one.next_ = one.previous_ = nullptr;
        --size_;
        bytes_ -= one.what->size();
    }
    operation& pop_front() noexcept
    {
        operation& one = *first_;
        remove(one);
        return one;
    }
    /// Puts all of `others` before what is here.
    void prepend(operation_queue& others) noexcept
    {
        if (others.empty())
            return;
        others.last_->next_ = first_;
        (first_ ? first_->previous_ : last_) = others.last_;
        first_ = others.first_;
        size_ += others.size_;
        bytes_ += others.bytes_;
        others = {};
    }

private:
    void insert(operation& added, operation* before, operation* after) noexcept
    {
        added.previous_ = before;
        added.next_ = after;
        (before ? before->next_ : first_) = &added;
        (after ? after->previous_ : last_) = &added;
        ++size_;
        bytes_ += added.what->size();
    }

    operation* first_ = nullptr;
    operation* last_ = nullptr;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace coffer::redis::detail
