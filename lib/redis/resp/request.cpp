// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/request.hpp>

#include <redis/resp/request_reader.hpp>

#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace coffer::redis {
namespace {

constexpr std::size_t number_room = 24; // any 64-bit number

// A type byte, a number, and the line end. There must be room for them.
char* write_length(char* to, char type, std::size_t number) noexcept
{
    *to++ = type;
    if (number < 10)
        *to++ = static_cast<char>('0' + number);
    else
        to = std::to_chars(to, to + number_room, number).ptr;
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

} // namespace

request& request::multi()
{
    if (open_)
        throw std::logic_error("redis::request: multi() inside of a transaction");
    bracket("MULTI");
    open_ = transaction_ = true;
    return *this;
}

request& request::exec()
{
    if (!open_)
        throw std::logic_error("redis::request: exec() without multi()");
    bracket("EXEC");
    open_ = false;
    return *this;
}

request& request::clear() noexcept
{
    bytes_.clear();
    references_.clear();
    borrowed_ = 0;
    commands_ = 0;
    flags_ = if_all;
    transaction_ = open_ = false;
    return *this;
}

void request::begin(std::string_view command, std::size_t arguments)
{
    const command_facts& facts = facts_of(command);
    if (facts.flags.has(subscribes) && arguments != 2)
        throw std::invalid_argument("redis::request: one channel for each subscribing command, "
                                    "because the server answers for each");
    write_head(command, arguments);
    flags_ = (flags_ & facts.flags & if_all) | (flags_ | facts.flags).without(if_all);
}

// The flags are those of what it is around.
void request::bracket(std::string_view command)
{
    write_head(command, 1);
}

void request::write_head(std::string_view command, std::size_t arguments)
{
    char* const at = bytes_.room_for(number_room + 3);
    bytes_.commit(static_cast<std::size_t>(write_length(at, '*', arguments) - at));
    append(command);
    ++commands_;
}

void request::append(std::string_view argument)
{
    char* const begin = bytes_.room_for(argument.size() + number_room + 5);
    char* at = write_length(begin, '$', argument.size());
    if (!argument.empty())
        std::memcpy(at, argument.data(), argument.size());
    at += argument.size();
    *at++ = '\r';
    *at++ = '\n';
    bytes_.commit(static_cast<std::size_t>(at - begin));
}

void request::append(std::int64_t argument)
{
    char text[number_room];
    const auto end = std::to_chars(text, text + sizeof(text), argument).ptr;
    append(std::string_view(text, static_cast<std::size_t>(end - text)));
}

void request::append(std::uint64_t argument)
{
    char text[number_room];
    const auto end = std::to_chars(text, text + sizeof(text), argument).ptr;
    append(std::string_view(text, static_cast<std::size_t>(end - text)));
}

// The shortest text that reads back as the same number.
void request::append(double argument)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof(text), argument).ptr;
    append(std::string_view(text, static_cast<std::size_t>(end - text)));
}

void request::append(borrowed argument)
{
    char* const begin = bytes_.room_for(number_room + 3);
    bytes_.commit(
        static_cast<std::size_t>(write_length(begin, '$', argument.bytes.size()) - begin));
    references_.push_back({bytes_.size(), argument.bytes});
    borrowed_ += argument.bytes.size();
    bytes_.append("\r\n");
}

std::string_view request::name() const noexcept
{
    return commands_ == 0 ? std::string_view() : detail::first_argument(bytes_.view());
}

template <class Visit>
void request::walk(Visit visit) const
{
    detail::request_reader reader(bytes_.view());
    auto next = references_.begin();
    for (std::size_t command = 0; command < commands_; ++command) {
        const std::size_t count = reader.begin_command();
        for (std::size_t number = 0; number < count; ++number) {
            const bool elsewhere = next != references_.end() && next->at == reader.text_position();
            if (elsewhere)
                reader.skip_elsewhere();
            visit(command, number, count, elsewhere ? (next++)->bytes : reader.argument());
        }
    }
}

std::vector<std::string_view> request::arguments(std::size_t index) const
{
    std::vector<std::string_view> found;
    walk([&](std::size_t command, std::size_t, std::size_t, std::string_view argument) {
        if (command == index)
            found.push_back(argument);
    });
    return found;
}

template <class Visit>
void request::walk_keys(Visit visit) const
{
    std::optional<detail::key_finder> finder;
    walk([&](std::size_t command, std::size_t number, std::size_t count, std::string_view text) {
        if (number == 0)
            finder.emplace(facts_of(text).keys, count);
        if (finder->is_key(number, text))
            visit(command, text);
    });
}

std::vector<std::string_view> request::keys(std::size_t index) const
{
    std::vector<std::string_view> found;
    walk_keys([&](std::size_t command, std::string_view key) {
        if (command == index)
            found.push_back(key);
    });
    return found;
}

void request::visit_arguments(argument_visitor visit, void* to) const
{
    walk([&](std::size_t command, std::size_t number, std::size_t count, std::string_view text) {
        visit(to, command, number, count, text);
    });
}

void request::visit_keys(void (*visit)(void* to, std::string_view key), void* to) const
{
    walk_keys([&](std::size_t, std::string_view key) { visit(to, key); });
}

} // namespace coffer::redis
