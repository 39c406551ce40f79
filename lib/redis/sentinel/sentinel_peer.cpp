// SPDX-License-Identifier: BSL-1.0
#include "redis/sentinel/sentinel_peer.hpp"

#include "redis/client/unattended.hpp"
#include "redis/sentinel/sentinel_answer.hpp"

namespace coffer::redis::detail {

std::shared_ptr<sentinel_peer> sentinel_peer::make(const link_parts& parts, const endpoint& at,
                                                   std::string master,
                                                   std::function<void()> changed)
{
    auto made = std::make_shared<sentinel_peer>(at, std::move(master), std::move(changed));
    link_role role;
    // The link keeps it through the callback, until it is closed or its context goes.
    role.pushes = push_sink{&sentinel_peer::pushed, made.get()};
    role.on_up = [made] { made->connected(); };
    made->link_ = link::make(parts.home, parts.values, at, parts.tls, parts.budget, std::move(role),
                             parts.tasks);
    made->link_->start();
    return made;
}

void sentinel_peer::close()
{
    changed_ = nullptr;
    if (link_)
        link_->close();
    link_.reset();
}

void sentinel_peer::connected()
{
    if (!link_ || !link_->resp3())
        return;
    request all;
    for (const char* each : {"+switch-master", "+slave", "+sdown", "-sdown"})
        all.add("SUBSCRIBE", each);
    unattended::send(*link_, std::move(all));
}

void sentinel_peer::pushed(void* context, const reply_view& push)
{
    const auto& self = *static_cast<sentinel_peer*>(context);
    if (self.changed_ && push.size() == 3 && push[0].text() == "message" &&
        speaks_of(push[2].text(), self.master_))
        self.changed_();
}

} // namespace coffer::redis::detail
