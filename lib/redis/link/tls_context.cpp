// SPDX-License-Identifier: BSL-1.0
#include "redis/link/stream.hpp"

#include <stdexcept>

namespace coffer::redis::detail {
namespace {

void check(const boost::system::error_code& failed, const std::string& what,
           const std::string& file, const char* remedy)
{
    if (failed)
        throw std::invalid_argument("coffer: redis::config()." + what + "(\"" + file +
                                    "\"): " + failed.message() + "; " + remedy);
}

} // namespace

tls_context make_tls_context(const settings& from)
{
    if (from.by != transport::tls)
        return nullptr;
    auto made = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    made->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
    made->set_verify_mode(from.verification == verification::full ? asio::ssl::verify_peer
                                                                  : asio::ssl::verify_none);
    boost::system::error_code failed;
    if (from.ca_file.empty())
        made->set_default_verify_paths(failed);
    else
        made->load_verify_file(from.ca_file, failed);
    check(failed, "ca_file", from.ca_file, "it must be a readable file of certificates (PEM)");
    if (from.certificate_file.empty())
        return made;
    made->use_certificate_chain_file(from.certificate_file, failed);
    check(failed, "certificate", from.certificate_file,
          "it must be a readable certificate with its chain (PEM)");
    made->use_private_key_file(from.key_file, asio::ssl::context::pem, failed);
    check(failed, "certificate", from.key_file,
          "it must be the readable key (PEM, without a password) of the certificate");
    return made;
}

} // namespace coffer::redis::detail
