// SPDX-License-Identifier: BSL-1.0
#include "redis/link/handshake.hpp"

#include <coffer/config.hpp>

namespace coffer::redis::detail {

handshake::handshake(const settings& from, credentials login, occasion why, duty serves)
    : settings_(from), login_(std::move(login)), why_(why), duty_(serves),
      resp3_(from.protocol == protocol::newest)
{
    if (why == occasion::again) {
        request_.add("RESET");
        gravity_.push_back(gravity::fails);
    }
    if (resp3_)
        say_resp3();
    else
        say_resp2();
}

void handshake::say_resp3()
{
    std::vector<std::string> words{"3"};
    if (!login_.user.empty() || !login_.password.empty()) {
        words.emplace_back("AUTH");
        words.push_back(login_.user.empty() ? "default" : login_.user);
        words.push_back(login_.password);
    }
    if (!settings_.client_name.empty()) {
        words.emplace_back("SETNAME");
        words.push_back(settings_.client_name);
    }
    request_.add("HELLO", words);
    gravity_.push_back(gravity::says_resp2);
    say_the_rest();
}

void handshake::say_resp2()
{
    // Servers that know no users take the password alone.
    if (!login_.user.empty())
        request_.add("AUTH", login_.user, login_.password);
    else if (!login_.password.empty())
        request_.add("AUTH", login_.password);
    gravity_.resize(request_.commands(), gravity::fails);
    if (!settings_.client_name.empty()) {
        request_.add("CLIENT", "SETNAME", settings_.client_name);
        gravity_.push_back(gravity::fails);
    }
    say_the_rest();
}

void handshake::say_the_rest()
{
    if (settings_.database != 0) {
        request_.add("SELECT", settings_.database);
        gravity_.push_back(gravity::fails);
    }
    if (duty_ == duty::copied) {
        request_.add("READONLY");
        gravity_.push_back(gravity::fails);
    }
    if (why_ == occasion::tracking) {
        request_.add("CLIENT", "TRACKING", "ON");
        gravity_.push_back(gravity::fails);
    }
    // Known from Redis 7.2 on.
    request_.add("CLIENT", "SETINFO", "LIB-NAME", "coffer");
    request_.add("CLIENT", "SETINFO", "LIB-VER", COFFER_VERSION_STRING);
    gravity_.resize(gravity_.size() + 2, gravity::none);
    // The least that every server answers, once it lets this client in and has its data.
    request_.add("PING");
    gravity_.push_back(gravity::fails_if_allowed);
}

void handshake::take(const reply_view& reply)
{
    const std::size_t which = replies_++;
    if (!reply.is_error() || gravity_[which] == gravity::none || !refused_.empty())
        return;
    const error_reply answer(reply.text());
    if (gravity_[which] == gravity::says_resp2 &&
        (answer.is("NOPROTO") || answer.text().starts_with("ERR unknown command"))) {
        unknown_hello_ = why_ != occasion::tracking; // which has no other way
        if (unknown_hello_)
            return;
    }
    if (gravity_[which] == gravity::fails_if_allowed && answer.is("NOPERM"))
        return;
    if (unknown_hello_)
        return; // refused for want of AUTH, perhaps; it is said again
    failure_ = answer;
    refused_ = request_.arguments(which).front();
}

handshake::step handshake::next()
{
    if (!refused_.empty())
        return step::failed;
    if (!unknown_hello_)
        return step::done;
    unknown_hello_ = resp3_ = false;
    replies_ = 0;
    gravity_.clear();
    request_.clear();
    say_resp2();
    return step::again;
}

} // namespace coffer::redis::detail
