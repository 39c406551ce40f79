// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/command_flags.hpp>

#include <redis/resp/command_groups.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace coffer::redis {
namespace detail {
namespace {

constexpr char capital(char c) noexcept
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

constexpr bool same_name(std::string_view name, std::string_view given) noexcept
{
    if (name.size() != given.size())
        return false;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] != given[at] && name[at] != capital(given[at]))
            return false;
    }
    return true;
}

// Every name with the facts of its group, and where to begin looking for one. Built by the
// compiler; a look-up hashes the name and compares one or two.
class command_table {
public:
    constexpr command_table()
    {
        for (const auto& group : command_groups) {
            for (std::size_t from = 0; from < group.names.size();) {
                const std::size_t end = std::min(group.names.find(' ', from), group.names.size());
                add({group.names.substr(from, end - from), group.flags, group.keys});
                from = end + 1;
            }
        }
    }

    constexpr std::size_t size() const noexcept { return size_; }

    constexpr const command_facts* find(std::string_view name) const noexcept
    {
        for (std::size_t at = place_of(name);; at = (at + 1) % slots) {
            if (index_[at] == 0)
                return nullptr;
            if (same_name(facts_[index_[at] - 1].name, name))
                return &facts_[index_[at] - 1];
        }
    }

private:
    static constexpr std::size_t slots = 1024; // a power of two, well above the names

    // Of the length and three letters; what they leave alike is told apart by comparing.
    static constexpr std::size_t place_of(std::string_view name) noexcept
    {
        if (name.empty())
            return 0;
        const auto letter = [name](std::size_t at) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at]) & 0xdfu);
        };
        const std::uint32_t mixed = 912 * letter(0) + 853 * letter(name.size() - 1) +
                                    948 * letter(name.size() / 2) +
                                    203 * static_cast<std::uint32_t>(name.size());
        return (mixed ^ (mixed >> 6)) % slots;
    }

    constexpr void add(const command_facts& facts)
    {
        facts_[size_] = facts;
        std::size_t at = place_of(facts.name);
        while (index_[at] != 0)
            at = (at + 1) % slots;
        index_[at] = static_cast<std::uint16_t>(++size_);
    }

    std::array<command_facts, 320> facts_{};
    std::array<std::uint16_t, slots> index_{}; // of facts_, from 1; 0: free
    std::size_t size_ = 0;
};

constexpr command_table commands;
static_assert(commands.find("get") != nullptr && commands.find("GETT") == nullptr);

constexpr command_facts unknown_command{"", unknown, key_at(1)};

} // namespace
} // namespace detail

const command_facts& facts_of(std::string_view command) noexcept
{
    const command_facts* const found = detail::commands.find(command);
    return found ? *found : detail::unknown_command;
}

} // namespace coffer::redis
