// SPDX-License-Identifier: BSL-1.0
#include "storage/redis/scripts.hpp"

#include "storage/redis/script_texts.hpp"

#include <array>
#include <string>

namespace coffer::detail {
namespace {

using texts = std::array<const char*, 2>; // what several scripts share, and the script

constexpr texts entry_script(const char* body)
{
    return {scripts::entry_words, body};
}

constexpr std::array<texts, 15> all_texts = {entry_script(scripts::get),
                                             entry_script(scripts::look),
                                             entry_script(scripts::acquire),
                                             entry_script(scripts::renew),
                                             entry_script(scripts::fill),
                                             entry_script(scripts::abandon),
                                             entry_script(scripts::put),
                                             entry_script(scripts::invalidate),
                                             entry_script(scripts::touch),
                                             entry_script(scripts::increment),
                                             entry_script(scripts::hold),
                                             entry_script(scripts::release),
                                             entry_script(scripts::amend),
                                             texts{scripts::space_words, scripts::mint},
                                             texts{scripts::space_words, scripts::bump}};

const std::vector<redis::script>& all_scripts()
{
    static const std::vector<redis::script> all = [] {
        std::vector<redis::script> made;
        for (const texts& one : all_texts)
            made.emplace_back(std::string(one[0]) + one[1]);
        return made;
    }();
    return all;
}

} // namespace

const redis::script& script_of(redis_script which)
{
    return all_scripts()[static_cast<std::size_t>(which)];
}

std::vector<redis::script> all_redis_scripts()
{
    return all_scripts();
}

} // namespace coffer::detail
