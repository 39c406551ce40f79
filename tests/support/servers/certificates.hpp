// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>

namespace support {

/// Makes a certificate authority, and certificates that it has signed, with the program `openssl`.
class certificates {
public:
    /// The files appear in `folder`; `names` are those of the server, as in `DNS:localhost`.
    explicit certificates(std::filesystem::path folder,
                          const std::string& names = "DNS:localhost,IP:127.0.0.1");

    std::filesystem::path authority() const { return folder_ / "ca.crt"; }
    std::filesystem::path server() const { return folder_ / "server.crt"; }
    std::filesystem::path server_key() const { return folder_ / "server.key"; }
    std::filesystem::path client() const { return folder_ / "client.crt"; }
    std::filesystem::path client_key() const { return folder_ / "client.key"; }

private:
    void sign(const std::string& whose, const std::string& names) const;
    void openssl(std::initializer_list<std::string> arguments) const;

    std::filesystem::path folder_;
};

} // namespace support
