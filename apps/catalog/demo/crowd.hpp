// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http/client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace catalog {

/// Clients of one server, each with a connection that is kept alive.
class crowd {
public:
    crowd(asio::any_io_executor executor, std::size_t count);

    /// What one client does; `number` counts from 0.
    using part = std::function<asio::awaitable<void>(http_client& client, std::size_t number)>;

    /// All connect at once.
    asio::awaitable<void> connect(std::uint16_t port);
    /// All ask for the same at once. Returns the answers.
    asio::awaitable<std::vector<reply>> ask(std::string target);
    /// Every client does its part, each in a strand of its own. Waits for all of them.
    ///
    /// Errors: the first one.
    asio::awaitable<void> each(part does);

private:
    struct member {
        asio::any_io_executor strand;
        http_client client;
    };
    using member_list = std::vector<member>;

    static asio::awaitable<void> each_of(std::shared_ptr<member_list> members, part does);

    std::shared_ptr<member_list> members_;
};

/// How many answers have that status.
std::size_t count_status(const std::vector<reply>& answers, unsigned status);
/// Whether all bodies are the same.
bool all_alike(const std::vector<reply>& answers);

} // namespace catalog
