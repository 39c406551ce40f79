// SPDX-License-Identifier: BSL-1.0
#include <redis/wire/output_buffer.hpp>

#include <functional>

namespace coffer::redis::detail {
namespace {

constexpr std::size_t kept = std::size_t(256) << 10; // of memory, when it is empty

} // namespace

void output_buffer::gather(std::string_view bytes)
{
    parts_.push_back({copies_.size(), bytes});
    gathered_ += bytes.size();
}

void output_buffer::seal()
{
    const std::string_view all = copies_;
    std::size_t from = 0;
    const auto add = [&](std::string_view bytes) {
        if (!bytes.empty())
            views_.push_back(bytes);
    };
    for (const auto& one : parts_) {
        add(all.substr(from, one.at - from));
        add(one.bytes);
        from = one.at;
    }
    add(all.substr(from));
}

void output_buffer::written(std::size_t count) noexcept
{
    while (count > 0) {
        std::string_view& front = views_[first_];
        if (count < front.size()) {
            front.remove_prefix(count);
            return;
        }
        count -= front.size();
        ++first_;
    }
}

void output_buffer::clear()
{
    copies_.clear();
    if (copies_.capacity() > kept)
        copies_.shrink_to_fit();
    parts_.clear();
    views_.clear();
    owned_.clear();
    first_ = gathered_ = 0;
}

void output_buffer::own()
{
    const char* const begin = copies_.data();
    const auto inside = [&](const char* at) {
        return !std::less<>()(at, begin) && std::less<>()(at, begin + copies_.size());
    };
    for (std::size_t each = first_; !parts_.empty() && each < views_.size(); ++each) {
        if (!inside(views_[each].data()))
            views_[each] = owned_.emplace_back(views_[each]);
    }
    parts_.clear();
}

} // namespace coffer::redis::detail
