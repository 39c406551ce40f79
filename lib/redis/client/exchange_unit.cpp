// SPDX-License-Identifier: BSL-1.0
#include "redis/client/exchange_unit.hpp"

namespace coffer::redis::detail {
namespace {

void add_with_text(request& to, const request& by_digest, const script& whole)
{
    const auto words = by_digest.arguments();
    to.begin("EVAL", words.size());
    to.append(whole.text());
    for (std::size_t at = 2; at < words.size(); ++at) // after EVALSHA and the digest
        to.append(words[at]);
}

} // namespace

void exchange::unit::write()
{
    const script* const whole = of_.script_;
    const bool in_full = whole && !at()->knows_script(whole->digest());
    if (!asks_ && !in_full && parts_.size() == 1 && of_.parts_.is_whole(*parts_.front()))
        return; // as the caller wrote it
    if (asks_)
        own_.add("ASKING");
    if (in_full)
        add_with_text(own_, of_.what_, *whole);
    else
        for (part* const each : parts_)
            of_.parts_.write(*each, own_);
    what = &own_;
}

void exchange::unit::completed(operation* of, verdict how, const reply_view& reply)
{
    auto& self = *static_cast<unit*>(of);
    if (how <= verdict::answered)
        self.take(reply);
    else
        self.fail(how);
    if (how != verdict::reply)
        self.of_.ended(self);
}

void exchange::unit::take(const reply_view& reply)
{
    if (asks_ && replies() == 1)
        return; // to ASKING
    auto& all = of_.parts_;
    part& one = *parts_[turn_];
    const std::size_t before = all.parts().size();
    try {
        const auto status = all.take(one, reply, at()->at().host, of_.into_);
        if (!status)
            fail(status);
    } catch (...) {
        fail_with_current();
    }
    if (all.parts().size() > before)
        split_off_.push_back(&all.parts().back());
    turn_ += one.replied == routed_request::replies_of(one);
}

void exchange::unit::settle()
{
    release();
    if (of_.script_ && !failed() && parts_.front()->done)
        at()->learn_script(of_.script_->digest());
}

} // namespace coffer::redis::detail
