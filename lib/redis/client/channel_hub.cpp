// SPDX-License-Identifier: BSL-1.0
#include "redis/client/channel_hub.hpp"

#include "redis/client/unattended.hpp"

#include <coffer/redis/request.hpp>

#include <algorithm>
#include <array>

namespace coffer::redis::detail {
namespace {

struct words {
    const char* join;
    const char* leave;
    std::string_view message;
};

const words& words_of(channels::kind what)
{
    static constexpr words all[] = {{"SUBSCRIBE", "UNSUBSCRIBE", "message"},
                                    {"PSUBSCRIBE", "PUNSUBSCRIBE", "pmessage"},
                                    {"SSUBSCRIBE", "SUNSUBSCRIBE", "smessage"}};
    return all[static_cast<std::size_t>(what)];
}

} // namespace

request channel_hub::joining(const std::vector<name>& names)
{
    request all;
    for (const auto& [what, text] : names)
        all.add(words_of(what).join, text);
    return all;
}

void channel_hub::leave_through(link& connection, const std::vector<name>& names)
{
    request all;
    for (const auto& [what, text] : names)
        all.add(words_of(what).leave, text);
    if (connection.up() && !all.empty())
        unattended::send(connection, std::move(all));
}

void channel_hub::say_lagged(const name& one) const
{
    const auto found = wanted_.find(one);
    if (found == wanted_.end())
        return;
    for (const auto& each : found->second)
        each->say_lagged();
}

link_role channel_hub::role(const std::shared_ptr<channel_hub>& self)
{
    link_role made;
    made.what = link_role::kind::channels;
    made.pushes = self->sink();
    made.on_up = [self] { self->connected(); };
    return made;
}

std::vector<channel_hub::name> channel_hub::join(const std::shared_ptr<mailbox>& box)
{
    std::vector<name> added;
    for (const auto& each : box->of().names()) {
        auto& readers = wanted_[each];
        if (readers.empty())
            added.push_back(each);
        if (std::find(readers.begin(), readers.end(), box) == readers.end())
            readers.push_back(box);
    }
    return added;
}

void channel_hub::leave(const std::shared_ptr<mailbox>& box)
{
    const auto unwanted = forget(box);
    if (link_)
        leave_through(*link_, unwanted);
}

std::vector<channel_hub::name> channel_hub::forget(const std::shared_ptr<mailbox>& box)
{
    std::vector<name> unwanted;
    for (const auto& each : box->of().names()) {
        const auto found = wanted_.find(each);
        if (found == wanted_.end())
            continue;
        std::erase(found->second, box);
        if (!found->second.empty())
            continue;
        wanted_.erase(found);
        unwanted.push_back(each);
    }
    return unwanted;
}

void channel_hub::close()
{
    for (const auto& [which, readers] : std::exchange(wanted_, {}))
        for (const auto& each : readers)
            each->close();
    if (link_)
        link_->close();
    link_.reset();
}

/// What was said while there was no connection is gone.
void channel_hub::connected()
{
    const bool again = std::exchange(was_up_, true);
    std::vector<name> all;
    for (const auto& [which, readers] : wanted_) {
        all.push_back(which);
        for (const auto& each : readers)
            if (again)
                each->say_lagged();
    }
    if (!all.empty())
        unattended::send(*link_, joining(all));
}

void channel_hub::pushed(void* context, const reply_view& push)
{
    static_cast<channel_hub*>(context)->deliver(push);
}

void channel_hub::deliver(const reply_view& push)
{
    std::array<std::string_view, 4> parts;
    std::size_t count = 0;
    for (const auto& each : push) {
        if (count == parts.size())
            return;
        parts[count++] = each.text();
    }
    if (evicted_ && count == 3 && parts[0] == "sunsubscribe") {
        const name left(channels::kind::sharded, parts[1]);
        if (wants(left))
            evicted_(left);
        return;
    }
    for (const auto what :
         {channels::kind::plain, channels::kind::pattern, channels::kind::sharded}) {
        const bool by_pattern = what == channels::kind::pattern;
        if (count != (by_pattern ? 4 : 3) || parts[0] != words_of(what).message)
            continue;
        const auto found = wanted_.find(name(what, parts[1]));
        if (found == wanted_.end())
            return;
        message one;
        one.pattern = by_pattern ? parts[1] : std::string_view();
        one.channel = parts[count - 2];
        one.text = parts[count - 1];
        for (const auto& each : found->second)
            each->put(one);
        return;
    }
}

} // namespace coffer::redis::detail
