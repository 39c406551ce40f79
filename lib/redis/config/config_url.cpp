// SPDX-License-Identifier: BSL-1.0
#include "redis/config/config_url.hpp"

#include "redis/config/config_check.hpp"
#include "redis/config/config_text.hpp"
#include "redis/config/config_words.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace coffer::redis::detail {
namespace {

/// A URL taken apart. The parts point into it and are still encoded.
struct parts {
    std::string_view whole;
    std::string_view scheme;
    std::string_view login; // without the @
    bool has_login = false;
    std::string_view hosts;
    std::string_view path; // without the first slash
    std::string_view query;
};

/// As it may be shown: without what stands before the @, and without options, any of which may be
/// a password that was meant for another name.
std::string shown(std::string_view url)
{
    const auto begin = url.find("://");
    if (begin == url.npos)
        return url.find('@') == url.npos ? std::string(url.substr(0, url.find('?')))
                                         : "(not shown, it holds an @)";
    // An unencoded slash in a password ends the authority too early: any @ counts.
    const auto at = url.rfind('@');
    const auto mark = url.find('?');
    std::string scheme(url.substr(0, begin + 3));
    if (at != url.npos && mark < at)
        return scheme + "..."; // one of them belongs to a password
    if (at != url.npos)
        scheme += "...";
    const auto rest = url.substr(at == url.npos ? begin + 3 : at);
    const auto end = rest.find('?');
    return scheme + std::string(rest.substr(0, end)) + (end == rest.npos ? "" : "?...");
}

[[noreturn]] void refuse(const parts& of, const std::string& why)
{
    throw std::invalid_argument("coffer: the URL \"" + shown(of.whole) + "\": " + why);
}

parts take_apart(std::string_view url)
{
    parts of;
    of.whole = url;
    const auto colon = url.find("://");
    if (colon == url.npos)
        refuse(of, "it has no scheme; write redis://host:port, rediss:// for TLS, or "
                   "unix:///path/to/socket");
    of.scheme = url.substr(0, colon);
    auto rest = url.substr(colon + 3);
    if (const auto fragment = rest.find('#'); fragment != rest.npos)
        refuse(of, "a # has no meaning here; in a password write %23");
    if (const auto mark = rest.find('?'); mark != rest.npos) {
        of.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    const auto login_end = rest.rfind('@'); // a password may hold anything
    if (rest.find("://", login_end == rest.npos ? 0 : login_end) != rest.npos)
        refuse(of, "one scheme stands before all hosts, and a socket file is alone");
    const auto slash = rest.find('/');
    auto authority = rest.substr(0, slash);
    if (slash != rest.npos)
        of.path = rest.substr(slash + 1);
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        of.has_login = true;
        of.login = authority.substr(0, at);
        authority = authority.substr(at + 1);
    }
    of.hosts = authority;
    // What looks like a port may be the begin of a password that ends later.
    if (of.path.find('@') != of.path.npos || of.query.find('@') != of.query.npos)
        refuse(of, "an @ after a slash or question mark; in a password write / as %2F, ? as %3F "
                   "and @ as %40");
    return of;
}

std::string decoded(const parts& of, std::string_view text)
{
    auto plain = percent_decoded(text);
    if (!plain)
        refuse(of, "a % must be followed by two hexadecimal digits; for the sign itself write %25");
    return *std::move(plain);
}

void apply_login(const parts& of, config& to)
{
    if (!of.has_login)
        return;
    const auto colon = of.login.find(':');
    const auto user = decoded(of, of.login.substr(0, colon));
    to.credentials(user, colon == of.login.npos ? "" : decoded(of, of.login.substr(colon + 1)));
}

endpoint read_host(const parts& of, std::string_view text, std::uint16_t usual_port)
{
    std::string_view host = text, port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos)
            refuse(of, "an IPv6 address ends with a ]");
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':'))
            refuse(of, "after the ] comes a colon and the port");
        port.remove_prefix(std::min<std::size_t>(1, port.size()));
    } else if (const auto colon = text.find(':'); colon != text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty() || port.find(':') != port.npos)
            refuse(of, "the port is missing, or an IPv6 address is not in brackets ([::1]:6379)");
    }
    const auto number = port.empty() ? usual_port : number_of(port, 65'535).value_or(0);
    if (number == 0)
        refuse(of, "\"" + std::string(port) + "\" is not a port; it is a number from 1 to 65535");
    auto name = decoded(of, host);
    return endpoint(name.empty() ? "127.0.0.1" : std::move(name),
                    static_cast<std::uint16_t>(number));
}

std::vector<endpoint> read_hosts(const parts& of, std::uint16_t usual_port)
{
    std::vector<endpoint> all;
    const bool several = of.hosts.find_first_of(",;") != of.hosts.npos;
    for (auto rest = of.hosts;;) {
        const auto end = rest.find_first_of(",;");
        const auto one = rest.substr(0, end);
        if (several && one.empty())
            refuse(of, "there is no host between two separators, or at an end of the list");
        all.push_back(read_host(of, one, usual_port));
        if (end == rest.npos)
            return all;
        rest.remove_prefix(end + 1);
    }
}

void apply_database(const parts& of, std::string_view path, config& to)
{
    if (path.empty())
        return;
    const auto database = number_of(path, 1'000'000);
    if (!database)
        refuse(of, to.values().topology == topology::cluster
                       ? "nothing but a slash, or /0, follows the nodes of a cluster"
                       : "what follows the host is the number of a database: redis://host:6379/0");
    to.database(static_cast<unsigned>(*database));
}

bool has_option(const parts& of, std::string_view start)
{
    return of.query.starts_with(start) || of.query.find('&' + std::string(start)) != of.query.npos;
}

/// `NAME`, `NAME/0`; or `0` where `?master=` gives the name.
void apply_master(const parts& of, config& to)
{
    const auto slash = of.path.find('/');
    const auto first = of.path.substr(0, slash);
    if (has_option(of, "master=")) {
        if (!first.empty() && !number_of(first, 1'000'000))
            refuse(of, "the master's name is there twice, in the path and as an option");
        return apply_database(of, of.path, to);
    }
    // A number alone is a database, and the name was forgotten.
    if (slash == of.path.npos && number_of(first, 1'000'000))
        return apply_database(of, first, to);
    if (!first.empty())
        to.master(decoded(of, first));
    if (slash != of.path.npos)
        apply_database(of, of.path.substr(slash + 1), to);
}

void apply_socket_file(const parts& of, settings& values)
{
    if (!of.hosts.empty() || of.path.empty())
        refuse(of, "the path of a socket file begins with a third slash: unix:///run/redis.sock");
    values.by = transport::socket_file;
    values.socket_file = '/' + decoded(of, of.path);
    values.nodes.clear();
}

void apply_place(const parts& of, config& to, settings& values)
{
    if (of.scheme == "unix")
        return apply_socket_file(of, values);
    values.by = of.scheme.starts_with("rediss") ? transport::tls : transport::tcp;
    const bool sentinels = of.scheme.ends_with("+sentinel");
    values.nodes = read_hosts(of, sentinels ? 26'379 : 6'379);
    if (sentinels)
        values.topology = topology::sentinel;
    else if (of.scheme.ends_with("+cluster"))
        values.topology = topology::cluster;
    else if (values.nodes.size() > 1)
        values.topology = topology::replicas;
    if (sentinels)
        apply_master(of, to);
    else
        apply_database(of, of.path, to);
}

void check_scheme(const parts& of)
{
    for (const char* known : {"redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel",
                              "redis+cluster", "rediss+cluster"})
        if (of.scheme == known)
            return;
    refuse(of, "\"" + std::string(of.scheme) +
                   "\" is not a scheme of Redis; write redis, rediss (TLS), unix, or one of the "
                   "first two with +sentinel or +cluster");
}

void apply_query(const parts& of, words_target to)
{
    auto rest = of.query;
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
        const auto equals = pair.find('=');
        const auto name = decoded(of, pair.substr(0, equals));
        if (equals == pair.npos)
            refuse(of, "the option \"" + name + "\" has no value; write " + name + "=...");
        const auto problem = apply_word(name, decoded(of, pair.substr(equals + 1)), to);
        if (!problem.empty())
            refuse(of, problem);
    }
}

} // namespace

void apply_url(std::string_view url, config& to, settings& values)
{
    const auto of = take_apart(url);
    check_scheme(of);
    apply_place(of, to, values);
    apply_login(of, to);
    apply_query(of, words_target{to, values});
    if (const auto wrong = contradiction_in(values); !wrong.empty())
        refuse(of, wrong);
}

std::string url_of(const settings& values)
{
    std::string text = values.by == transport::tls ? "rediss" : "redis";
    if (values.by == transport::socket_file)
        text = "unix";
    if (values.topology == topology::sentinel || values.topology == topology::cluster)
        text += values.topology == topology::sentinel ? "+sentinel" : "+cluster";
    text += "://";
    if (!values.login.user.empty())
        text += percent_encoded(values.login.user) + '@';
    if (values.by == transport::socket_file) {
        text += values.socket_file;
    } else {
        const char* separator = "";
        for (const auto& each : values.nodes)
            text += std::exchange(separator, ",") + each.text();
        text += '/';
        if (values.topology == topology::sentinel)
            text += percent_encoded(values.master) + '/';
        text += std::to_string(values.database);
    }
    const auto words = words_of(values);
    return words.empty() ? text : text + '?' + words;
}

} // namespace coffer::redis::detail
