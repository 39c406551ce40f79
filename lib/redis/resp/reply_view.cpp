// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/reply_view.hpp>

namespace coffer::redis {

std::string_view reply_view::text() const noexcept
{
    if (is_aggregate())
        return {};
    return kind_ == reply_kind::verbatim ? text_.substr(4) : text_;
}

std::string_view reply_view::format() const noexcept
{
    return kind_ == reply_kind::verbatim ? text_.substr(0, 3) : std::string_view();
}

reply_view::iterator reply_view::begin() const noexcept
{
    return {body(), count_};
}

reply_view::iterator reply_view::end() const noexcept
{
    return {};
}

reply_view reply_view::operator[](std::size_t index) const noexcept
{
    for (const auto& item : *this) {
        if (index-- == 0)
            return item;
    }
    return {};
}

reply_view::iterator::iterator(std::string_view body, std::size_t count) noexcept
    : rest_(body), left_(count)
{
    read();
}

reply_view::iterator& reply_view::iterator::operator++() noexcept
{
    --left_;
    read();
    return *this;
}

reply_view::iterator reply_view::iterator::operator++(int) noexcept
{
    iterator before = *this;
    ++*this;
    return before;
}

void reply_view::iterator::read() noexcept
{
    if (left_ == 0)
        return;
    detail::reply_cursor cursor(rest_);
    const auto item = cursor.next();
    item_ = detail::whole_item(item, cursor);
    rest_ = cursor.rest();
}

namespace detail {

reply_view whole_item(const reply_token& item, reply_cursor& body) noexcept
{
    if (!is_aggregate(item.kind))
        return {item.kind, item.text, 0};
    const char* const from = body.position();
    body.skip(item.count);
    const auto size = static_cast<std::size_t>(body.position() - from);
    return {item.kind, std::string_view(from, size), item.count};
}

reply_view view_of_reply(std::string_view bytes) noexcept
{
    reply_cursor cursor(bytes);
    const reply_token item = cursor.next();
    if (!is_aggregate(item.kind))
        return {item.kind, item.text, 0};
    return {item.kind, cursor.rest(), item.count};
}

} // namespace detail
} // namespace coffer::redis
