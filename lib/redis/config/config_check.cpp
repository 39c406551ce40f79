// SPDX-License-Identifier: BSL-1.0
#include "redis/config/config_check.hpp"

#include <algorithm>

namespace coffer::redis::detail {
namespace {

std::string wrong_in_nodes(const settings& whole)
{
    if (whole.by == transport::socket_file)
        return whole.topology == topology::single
                   ? ""
                   : "a socket file is one server; name the servers by host and port";
    for (auto at = whole.nodes.begin(); at != whole.nodes.end(); ++at)
        if (std::find(whole.nodes.begin(), at, *at) != at)
            return "it names " + at->text() + " twice";
    if (whole.topology == topology::single && whole.nodes.size() > 1)
        return "several servers need a topology that says what they are to each other";
    if (whole.topology == topology::replicas && whole.nodes.size() < 2)
        return "a leader and its replicas are at least two servers";
    return {};
}

std::string wrong_with_sentinels(const settings& whole)
{
    if (whole.topology == topology::sentinel) {
        if (whole.master.empty())
            return "Sentinels are asked for a master by its name, which is missing; write "
                   "redis+sentinel://host:26379/NAME/0";
        if (whole.master.find('/') != whole.master.npos)
            return "the name of a master has no slash";
        if (whole.sentinel_tls && whole.by != transport::tls)
            return "sentinel_tls is for rediss+sentinel://, where the servers with the data speak "
                   "TLS; nothing does here";
        return {};
    }
    if (!whole.master.empty())
        return "only Sentinels know a master by its name; leave master out, or write "
               "redis+sentinel://";
    if (!whole.sentinel_login.user.empty() || !whole.sentinel_login.password.empty() ||
        whole.sentinel_tls)
        return "it has options for Sentinels and names none; leave them out, or write "
               "redis+sentinel://";
    return {};
}

} // namespace

std::string contradiction_in(const settings& whole)
{
    if (auto wrong = wrong_in_nodes(whole); !wrong.empty())
        return wrong;
    if (auto wrong = wrong_with_sentinels(whole); !wrong.empty())
        return wrong;
    if (whole.topology == topology::cluster && whole.database != 0)
        return "a cluster has only database 0, not " + std::to_string(whole.database);
    if (whole.topology == topology::single && whole.read_from != read_policy::primary)
        return "read_from chooses between a primary and its replicas, and this is one server; "
               "name the replicas as well: redis://leader,replica";
    if (whole.certificate_file.empty() != whole.key_file.empty())
        return "certificate_file and key_file belong together";
    return {};
}

} // namespace coffer::redis::detail
