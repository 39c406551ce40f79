// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/detail/reply_cursor.hpp>
#include <coffer/redis/reply_kind.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>

namespace coffer::redis {

/// A complete reply, or an element of one, in the bytes that the server sent.
///
/// Lifetime: refers to the connection's buffer. The one given to a completion is valid until the
/// completion returns; so is every text and element taken from it.
///
/// Cost: a copy is four words; nothing is allocated. Going from one element to the next passes over
/// what is inside of it once.
class reply_view {
public:
    class iterator;

    /// A null.
    reply_view() = default;
    reply_view(reply_kind kind, std::string_view text, std::size_t count) noexcept
        : text_(text), count_(count), kind_(kind)
    {}

    reply_kind kind() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == reply_kind::null; }
    bool is_error() const noexcept { return kind_ == reply_kind::error; }
    bool is_aggregate() const noexcept { return redis::is_aggregate(kind_); }

    /// The text of a scalar, without the format of a verbatim string; empty for an aggregate.
    std::string_view text() const noexcept;
    /// The three letters of a verbatim string; empty for anything else.
    std::string_view format() const noexcept;

    /// How many elements there are; a map has two for each pair: key, value, key, value.
    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    iterator begin() const noexcept;
    iterator end() const noexcept;
    /// The element with this number, or a null past the end. Linear.
    reply_view operator[](std::size_t index) const noexcept;

    /// What a decoder walks: the elements' bytes of an aggregate.
    std::string_view body() const noexcept { return is_aggregate() ? text_ : std::string_view(); }
    /// What a decoder begins with.
    detail::reply_token token() const noexcept { return {text_, count_, kind_}; }

private:
    std::string_view text_;
    std::size_t count_ = 0;
    reply_kind kind_ = reply_kind::null;
};

/// Over the elements of an aggregate.
class reply_view::iterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = reply_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const reply_view*;
    using reference = const reply_view&;

    iterator() = default;

    reference operator*() const noexcept { return item_; }
    pointer operator->() const noexcept { return &item_; }
    iterator& operator++() noexcept;
    iterator operator++(int) noexcept;
    bool operator==(const iterator& other) const noexcept { return left_ == other.left_; }

private:
    friend class reply_view;

    iterator(std::string_view body, std::size_t count) noexcept;
    void read() noexcept;

    std::string_view rest_; // what follows item_
    std::size_t left_ = 0;  // elements from item_ on
    reply_view item_;
};

namespace detail {

/// A view on all of the item, whose elements `body` is at; goes past them.
reply_view whole_item(const reply_token& item, reply_cursor& body) noexcept;
/// A view on a complete, sound reply.
reply_view view_of_reply(std::string_view bytes) noexcept;

} // namespace detail
} // namespace coffer::redis
