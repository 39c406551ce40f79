// SPDX-License-Identifier: BSL-1.0
#include <redis/cluster/routed_request.hpp>

#include <coffer/redis/decode.hpp>

#include <redis/resp/request_reader.hpp>

#include <algorithm>
#include <unordered_map>

namespace coffer::redis::detail {
namespace {

using kind = request_slot::kind;

// Longer arguments are sent from where they are.
constexpr std::size_t copied = 4096;

bool is_split(const command_facts& facts)
{
    return facts.name == "MGET" || facts.name == "DEL" || facts.name == "UNLINK" ||
           facts.name == "EXISTS" || facts.name == "TOUCH";
}

std::string crossing(std::string_view name)
{
    return "CROSSSLOT the keys of " + std::string(name) +
           " are in several slots of the cluster; give them one hash tag, as in {user:1}:name, or "
           "send a command for each";
}

reply_view error_view(const std::string& text)
{
    return {reply_kind::error, text, 0};
}

void append(request& to, std::string_view argument)
{
    if (argument.size() > copied)
        to.append(borrowed{argument});
    else
        to.append(argument);
}

} // namespace

routed_request::routed_request(const request& what, bool by_slot) : what_(what)
{
    const request_slot all = by_slot ? slot_of(what) : request_slot();
    if (all.where != kind::crossing || what.is_transaction()) {
        part whole(0, what.commands(), all);
        whole.together = what.is_transaction();
        whole.only_reads = what.flags().has(read_only);
        whole.repeatable = what.flags().has_any(read_only | idempotent);
        if (all.where != kind::crossing)
            parts_.push_back(std::move(whole));
        for (std::size_t each = 0; all.where == kind::crossing && each < what.commands(); ++each)
            refused_.emplace_back(each, crossing("a transaction"));
        return;
    }
    add_commands();
}

void routed_request::read_arguments()
{
    if (!arguments_.empty())
        return;
    what_.each_argument(
        [this](std::size_t, std::size_t number, std::size_t, std::string_view text) {
            if (number == 0)
                begins_.push_back(arguments_.size());
            arguments_.push_back(text);
        });
    begins_.push_back(arguments_.size());
}

std::string_view routed_request::name_of(std::size_t command)
{
    read_arguments();
    return arguments_[begins_[command]];
}

void routed_request::add_commands()
{
    read_arguments();
    for (std::size_t each = 0; each < what_.commands(); ++each)
        add_command(each);
}

void routed_request::add_command(std::size_t command)
{
    const command_facts& facts = facts_of(name_of(command));
    const std::size_t count = begins_[command + 1] - begins_[command];
    key_finder finder(facts.keys, count);
    part one(command, 1, {});
    for (std::size_t number = 0; number < count; ++number) {
        const auto text = arguments_[begins_[command] + number];
        if (!finder.is_key(number, text))
            continue;
        const auto slot = hash_slot(text);
        if (one.where.where == kind::any)
            one.where = {kind::one, slot};
        else if (one.where.slot != slot)
            one.where.where = kind::crossing;
    }
    if (one.where.where == kind::crossing && is_split(facts))
        return split(command, facts);
    if (one.where.where == kind::crossing) {
        refused_.emplace_back(command,
                              crossing(facts.name.empty() ? name_of(command) : facts.name));
        return;
    }
    one.only_reads = facts.flags.has(read_only);
    one.repeatable = facts.flags.has_any(read_only | idempotent) || what_.flags().has(idempotent);
    parts_.push_back(std::move(one));
}

// All that comes after the name is a key.
void routed_request::split(std::size_t command, const command_facts& facts)
{
    const std::size_t keys = begins_[command + 1] - begins_[command] - 1;
    std::unordered_map<std::uint16_t, std::size_t> places; // of slots in parts_
    gathering all(command);
    all.sums = facts.name != "MGET";
    all.values.resize(all.sums ? 0 : keys);
    for (std::size_t number = 0; number < keys; ++number) {
        const auto slot = hash_slot(arguments_[begins_[command] + 1 + number]);
        const auto [found, is_new] = places.emplace(slot, parts_.size());
        if (is_new) {
            part one(command, 1, {kind::one, slot});
            one.only_reads = facts.flags.has(read_only);
            one.repeatable = one.only_reads || what_.flags().has(idempotent);
            one.gathered = gathered_.size();
            parts_.push_back(std::move(one));
        }
        parts_[found->second].keys.push_back(static_cast<std::uint32_t>(number));
    }
    all.left = places.size();
    gathered_.push_back(std::move(all));
}

bool routed_request::done() const noexcept
{
    return std::all_of(parts_.begin(), parts_.end(), [](const part& each) { return each.done; });
}

decode_status routed_request::refuse(reply_sink into) const
{
    for (const auto& [command, why] : refused_)
        if (const auto status = into.take(into.to, command, error_view(why)); !status)
            return status;
    return {};
}

void routed_request::write(const part& one, request& to)
{
    read_arguments();
    for (std::size_t command = one.first; command < one.first + one.commands; ++command) {
        const auto begin = begins_[command];
        const auto name = arguments_[begin];
        if (!one.keys.empty()) {
            to.begin(name, 1 + one.keys.size());
            for (const std::uint32_t each : one.keys)
                append(to, arguments_[begin + 1 + each]);
            continue;
        }
        to.begin(name, begins_[command + 1] - begin);
        for (std::size_t at = begin + 1; at < begins_[command + 1]; ++at)
            append(to, arguments_[at]);
    }
}

void routed_request::sent(part& one) noexcept
{
    one.replied = 0;
    one.refused = refusal::none;
    ++one.attempts;
}

void routed_request::note_refusal(part& one, refusal how, const reply_view& reply,
                                  std::string_view host)
{
    one.refused = how;
    one.words = reply.text();
    one.told.reset();
    if (how != refusal::moved && how != refusal::ask)
        return;
    one.told = redirection_of(reply.text(), host);
    if (!one.told)
        one.refused = refusal::unfit; // it does not know itself where to
}

decode_status routed_request::take(part& one, const reply_view& reply, std::string_view host,
                                   reply_sink into)
{
    ++one.replied;
    refusal how = reply.is_error() ? refusal_of(reply.text()) : refusal::none;
    if (how == refusal::no_script && !has_script_)
        how = refusal::none;
    if (one.together || one.commands == 1) {
        if (one.refused == refusal::none && how != refusal::none)
            note_refusal(one, how, reply, host);
        if (one.refused != refusal::none) // what follows in a transaction says nothing new
            return {};
        one.done = one.replied == one.commands;
        return answer(one, reply, into);
    }
    const bool last = one.replied == one.commands;
    one.done = last;
    if (how == refusal::none)
        return answer(one, reply, into);
    part alone(one.first + one.replied - 1, 1, one.where);
    alone.only_reads = one.only_reads;
    alone.repeatable = one.repeatable;
    alone.attempts = one.attempts;
    note_refusal(alone, how, reply, host);
    parts_.push_back(std::move(alone));
    return {};
}

decode_status routed_request::answer(part& one, const reply_view& reply, reply_sink into)
{
    if (!one.keys.empty())
        return gather(one, reply, into);
    return into.take(into.to, one.first + one.replied - 1, reply);
}

decode_status routed_request::gather(part& one, const reply_view& reply, reply_sink into)
{
    gathering& all = gathered_[one.gathered];
    --all.left;
    std::int64_t number = 0;
    if (reply.is_error()) {
        if (all.error.empty())
            all.error = reply.text();
    } else if (all.sums ? !decode_into(reply, number).ok()
                        : !reply.is_aggregate() || reply.size() != one.keys.size()) {
        all.unfit = true;
        return into.take(into.to, all.command, reply);
    } else if (all.sums) {
        all.total += number;
    } else {
        auto key = one.keys.begin();
        for (const auto& value : reply) {
            if (!value.is_null())
                all.values[*key] = value.text();
            ++key;
        }
    }
    return all.left == 0 && !all.unfit ? finish(all, into) : decode_status();
}

decode_status routed_request::finish(const gathering& all, reply_sink into) const
{
    if (!all.error.empty())
        return into.take(into.to, all.command, error_view(all.error));
    std::string bytes;
    if (all.sums) {
        bytes = ":" + std::to_string(all.total) + "\r\n";
    } else {
        bytes = "*" + std::to_string(all.values.size()) + "\r\n";
        for (const auto& value : all.values) {
            if (value)
                bytes.append("$")
                    .append(std::to_string(value->size()))
                    .append("\r\n" + *value + "\r\n");
            else
                bytes += "_\r\n";
        }
    }
    return into.take(into.to, all.command, view_of_reply(bytes));
}

void routed_request::lost(part& one)
{
    if (one.together || one.commands == 1)
        return;
    one.first += one.replied;
    one.commands -= one.replied;
    one.replied = 0;
}

decode_status routed_request::give_up(part& one, const std::string& remark, reply_sink into)
{
    one.done = true;
    one.replied = 1;
    const std::string& text = one.words += remark; // a status refers to it
    if (!one.together)
        return answer(one, error_view(text), into);
    for (std::size_t each = 0; each < one.commands; ++each)
        if (const auto status = into.take(into.to, one.first + each, error_view(text)); !status)
            return status;
    return {};
}

} // namespace coffer::redis::detail
