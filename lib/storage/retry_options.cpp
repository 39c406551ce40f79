// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/retry_queue.hpp>

#include <algorithm>
#include <stdexcept>

namespace coffer {

using std::chrono::milliseconds;

retry_options& retry_options::limit(std::size_t count)
{
    if (count == 0)
        throw std::invalid_argument("coffer: retry_options().limit(0): the bound must be at least "
                                    "1; without a retry_queue nothing is repeated");
    limit_ = count;
    return *this;
}

retry_options& retry_options::pause(milliseconds first, std::optional<milliseconds> longest)
{
    const milliseconds most = longest.value_or(std::max(first, longest_pause_));
    if (first <= milliseconds(0) || most < first)
        throw std::invalid_argument(
            "coffer: retry_options().pause(...): the time must be positive, "
            "and the longest not below the first");
    pause_ = first;
    longest_pause_ = most;
    return *this;
}

retry_options& retry_options::jitter(coffer::jitter source)
{
    jitter_ = std::move(source);
    return *this;
}

retry_options& retry_options::executor(asio::any_io_executor where)
{
    executor_ = std::move(where);
    return *this;
}

retry_options& retry_options::on_lost(std::function<void(std::string)> handler)
{
    on_lost_ = std::move(handler);
    return *this;
}

retry_options& retry_options::clock(coffer::clock time)
{
    clock_ = std::move(time);
    return *this;
}

std::string pending_invalidation::text() const
{
    const char* const mode_text = mode == invalidation::hard ? "" : "soft ";
    if (what == subject::tag)
        return std::string(mode_text) + "tag " + key.space + ' ' + key.id;
    if (what == subject::place)
        return "clear " + key.space + (key.group.empty() ? "" : ' ' + key.group);
    return std::string(mode_text) + "key " + key.text() +
           (floor ? " floor " + std::to_string(*floor) : "");
}

} // namespace coffer
