// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode_status.hpp>
#include <coffer/redis/detail/call.hpp>
#include <coffer/redis/request.hpp>

#include <redis/cluster/hash_slot.hpp>
#include <redis/cluster/redirection.hpp>
#include <redis/cluster/refusal.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// A request whose commands go to several servers, and what has come of each. Without I/O.
///
/// It is in parts, each of which goes to one server: some commands that follow each other, or those
/// keys of one command that are in one slot. What a server refuses to answer becomes a part of its
/// own, to be sent again.
///
/// Lifetime: refers to the request.
class routed_request {
public:
    class part {
    public:
        part(std::size_t from, std::size_t count, request_slot belongs)
            : first(from), commands(count), where(belongs)
        {}

        std::size_t first;    ///< number of its first command
        std::size_t commands; ///< how many
        request_slot where;
        bool together = false;           ///< a transaction: sent again as a whole
        bool only_reads = false;         ///< a replica can serve it
        bool repeatable = false;         ///< it may be carried out twice
        std::vector<std::uint32_t> keys; ///< which keys of its command; empty: all of it
        std::size_t gathered = 0;        ///< where its reply is put together, if it has `keys`

        bool done = false;
        std::size_t replied = 0;         ///< replies that have come since it was last sent
        refusal refused = refusal::none; ///< by the last server
        std::optional<redirection> told; ///< if `moved` or `ask`
        std::string words;               ///< of the refusal

        unsigned attempts = 0;  ///< how often it was sent
        unsigned redirects = 0; ///< in a row
        unsigned losses = 0;    ///< with a connection, when it may have been carried out
    };

    /// `by_slot`: each slot may be on another server.
    routed_request(const request& what, bool by_slot);

    std::deque<part>& parts() noexcept { return parts_; }
    const std::deque<part>& parts() const noexcept { return parts_; }
    bool done() const noexcept;
    /// Says why commands are not sent at all: they are answered as the server would.
    decode_status refuse(reply_sink into) const;

    /// Whoever sends it has the text of its script: NOSCRIPT is no answer then.
    void has_script() noexcept { has_script_ = true; }

    /// True if the part is all of the request, as it is.
    bool is_whole(const part& one) const noexcept
    {
        return one.keys.empty() && one.commands == what_.commands();
    }
    /// Appends the commands of the part.
    void write(const part& one, request& to);
    /// How many replies `write` asks for.
    static std::size_t replies_of(const part& one) noexcept { return one.commands; }

    void sent(part& one) noexcept;
    /// The next reply to a part that was sent to `host`. What the reply is of goes to `into`, once
    /// it is known.
    decode_status take(part& one, const reply_view& reply, std::string_view host, reply_sink into);
    /// The connection was lost: only what is not answered yet is left of the part.
    void lost(part& one);
    /// What it was refused with is its answer.
    decode_status give_up(part& one, const std::string& remark, reply_sink into);

private:
    /// The reply to a command that was split.
    class gathering {
    public:
        explicit gathering(std::size_t of) : command(of) {}

        std::size_t command;
        bool sums = false;
        std::size_t left = 0; // parts
        std::int64_t total = 0;
        std::vector<std::optional<std::string>> values;
        std::string error;
        bool unfit = false; // a reply that is not one of this command
    };

    void add_commands();
    void add_command(std::size_t command);
    void split(std::size_t command, const command_facts& facts);
    void read_arguments();
    std::string_view name_of(std::size_t command);

    decode_status answer(part& one, const reply_view& reply, reply_sink into);
    decode_status gather(part& one, const reply_view& reply, reply_sink into);
    decode_status finish(const gathering& all, reply_sink into) const;
    void note_refusal(part& one, refusal how, const reply_view& reply, std::string_view host);

    const request& what_;
    bool has_script_ = false;
    std::deque<part> parts_;                  // their addresses stay
    std::vector<std::string_view> arguments_; // of all commands; read when needed
    std::vector<std::size_t> begins_;         // of each command in `arguments_`, and the end
    std::vector<gathering> gathered_;
    std::vector<std::pair<std::size_t, std::string>> refused_; // commands, and why
};

} // namespace coffer::redis::detail
