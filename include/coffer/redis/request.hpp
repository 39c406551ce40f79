// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/command_flags.hpp>
#include <coffer/redis/detail/arguments.hpp>
#include <coffer/redis/detail/wire_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace coffer::redis {

/// One or several commands, as the bytes that are sent.
///
/// Several are a pipeline: sent together, answered one by one. Between `multi()` and `exec()` they
/// are carried out as one; MULTI, each QUEUED and EXEC are answers of their own.
///
/// An argument is text or bytes, an integer, a floating-point number, or a range of arguments,
/// which becomes as many as it has elements; a pair becomes two, an optional at most one.
/// `borrowed(bytes)` is sent from where it is.
///
/// Lifetime: arguments are copied, but for borrowed ones, which must stay as they are until the
/// operation has completed.
///
/// Cost: a command with a key of up to 100 bytes is built without an allocation.
class request {
public:
    request() = default;
    template <command_argument... Arguments>
    explicit request(std::string_view command, const Arguments&... arguments)
    {
        add(command, arguments...);
    }

    /// Appends a command. A name of two words is two arguments: `add("CLIENT", "ID")`.
    template <command_argument... Arguments>
    request& add(std::string_view command, const Arguments&... arguments)
    {
        begin(command, 1 + (std::size_t(0) + ... + detail::argument_count(arguments)));
        (detail::append_argument(*this, arguments), ...);
        return *this;
    }
    /// Begins a transaction. Throws `std::logic_error` inside of one.
    request& multi();
    /// Ends it. Throws `std::logic_error` outside of one.
    request& exec();
    /// Back to no command at all; the memory is kept.
    request& clear() noexcept;

    /// Adds to what the table knows of the commands, as `idempotent` for a SET that may be
    /// repeated.
    request& mark(command_flags added) noexcept { return flags_ = flags_ | added, *this; }
    request& unmark(command_flags removed) noexcept
    {
        return flags_ = flags_.without(removed), *this;
    }

    bool empty() const noexcept { return commands_ == 0; }
    /// How many commands there are, and so how many replies.
    std::size_t commands() const noexcept { return commands_; }
    /// Of all commands: `read_only`, `idempotent` and `keyless` if all are, the others if one is.
    command_flags flags() const noexcept { return flags_; }
    /// True from `multi()` on: never sent in part.
    bool is_transaction() const noexcept { return transaction_; }
    /// True between `multi()` and `exec()`: not to be sent.
    bool is_open() const noexcept { return open_; }
    /// The name of the first command, as written.
    std::string_view name() const noexcept;
    /// Bytes on the wire.
    std::size_t size() const noexcept { return bytes_.size() + borrowed_; }

    /// Calls `visit(bytes)` for one piece after the other; all of them are the request. Valid as
    /// long as the request is not changed.
    template <class Visit>
    void pieces(Visit visit) const
    {
        const std::string_view all = bytes_.view();
        std::size_t from = 0;
        for (const auto& part : references_) {
            visit(all.substr(from, part.at - from));
            visit(part.bytes);
            from = part.at;
        }
        visit(all.substr(from));
    }
    /// The bytes, if there is only one piece.
    bool is_contiguous() const noexcept { return references_.empty(); }
    std::string_view bytes() const noexcept { return bytes_.view(); }

    /// The arguments of command number `index`, with its name as the first.
    std::vector<std::string_view> arguments(std::size_t index = 0) const;
    /// The keys of command number `index`, as the table places them.
    std::vector<std::string_view> keys(std::size_t index = 0) const;

    /// Calls `visit(key)` for each key of all commands, in order. Allocates nothing.
    template <class Visit>
    void each_key(Visit visit) const
    {
        visit_keys([](void* to, std::string_view key) { (*static_cast<Visit*>(to))(key); }, &visit);
    }

    /// Calls `visit(command, number, count, text)` for each argument of all commands, in order: the
    /// name is number 0 of `count`. Allocates nothing.
    template <class Visit>
    void each_argument(Visit visit) const
    {
        visit_arguments(
            [](void* to, std::size_t command, std::size_t number, std::size_t count,
               std::string_view text) { (*static_cast<Visit*>(to))(command, number, count, text); },
            &visit);
    }

    /// Building blocks, for `add`.
    void begin(std::string_view command, std::size_t arguments);
    void append(std::string_view argument);
    void append(std::int64_t argument);
    void append(std::uint64_t argument);
    void append(double argument);
    void append(borrowed argument);

private:
    struct reference {
        std::size_t at; // in bytes_
        std::string_view bytes;
    };

    static constexpr command_flags if_all = read_only | idempotent | keyless;

    template <class Visit>
    void walk(Visit visit) const;
    template <class Visit>
    void walk_keys(Visit visit) const;
    using argument_visitor = void (*)(void* to, std::size_t command, std::size_t number,
                                      std::size_t count, std::string_view text);
    void visit_arguments(argument_visitor visit, void* to) const;
    void visit_keys(void (*visit)(void* to, std::string_view key), void* to) const;
    void bracket(std::string_view command);
    void write_head(std::string_view command, std::size_t arguments);

    detail::wire_buffer bytes_;
    std::vector<reference> references_;
    std::size_t borrowed_ = 0; // bytes in references_
    std::uint32_t commands_ = 0;
    command_flags flags_ = if_all;
    bool transaction_ = false;
    bool open_ = false;
};

} // namespace coffer::redis
