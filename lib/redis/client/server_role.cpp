// SPDX-License-Identifier: BSL-1.0
#include "redis/client/server_role.hpp"

#include "redis/client/client_core.hpp"
#include "redis/client/until_up.hpp"

namespace coffer::redis::detail {

request role_questions()
{
    request both;
    both.add("ROLE").add("HELLO");
    return both;
}

decode_status role_replies::take(std::size_t number, const reply_view& reply)
{
    if (number == 0) {
        if (reply.is_error())
            refusal_ = reply.text();
        else if (!reply.empty())
            role_.text = (*reply.begin()).text();
        return {};
    }
    if (!role_.text.empty())
        return {};
    for (std::size_t at = 0; at + 1 < reply.size(); at += 2)
        if (reply[at].text() == "role")
            role_.text = reply[at + 1].text() == "replica" ? "slave" : reply[at + 1].text();
    return role_.text.empty() ? decode_status::refused(refusal_) : decode_status();
}

asio::awaitable<server_role> role_of(std::shared_ptr<client_core> core, std::shared_ptr<node> at,
                                     link::time moment)
{
    const auto& time = core->values().clock;
    auto connecting = until_up(at->first_link(), time, moment);
    co_await std::move(connecting);
    call_route route{core, nullptr, at};
    auto asking = run_call(route, role_questions(), terms_until(time, moment), role_replies());
    co_return co_await std::move(asking);
}

} // namespace coffer::redis::detail
