// SPDX-License-Identifier: BSL-1.0
#include "support/servers/certificates.hpp"

#include "support/servers/child_process.hpp"

#include <fstream>
#include <stdexcept>

namespace support {

certificates::certificates(std::filesystem::path folder, const std::string& names)
    : folder_(std::move(folder))
{
    std::filesystem::create_directories(folder_);
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=coffer test authority", "-keyout", folder_ / "ca.key",
             "-out", authority()});
    sign("server", names);
    sign("client", "DNS:client");
}

void certificates::sign(const std::string& whose, const std::string& names) const
{
    const auto base = folder_ / whose;
    std::ofstream(base.string() + ".ext") << "subjectAltName=" << names << '\n';
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=coffer " + whose, "-keyout", base.string() + ".key", "-out",
             base.string() + ".csr"});
    openssl({"x509", "-req", "-in", base.string() + ".csr", "-CA", authority(), "-CAkey",
             folder_ / "ca.key", "-CAcreateserial", "-days", "2", "-out", base.string() + ".crt",
             "-extfile", base.string() + ".ext"});
}

void certificates::openssl(std::initializer_list<std::string> arguments) const
{
    const auto log = folder_ / "openssl.log";
    child_process tool("openssl", "openssl", arguments, log);
    if (tool.wait(20) != 0)
        throw std::runtime_error("openssl failed: " + tail_of(log));
}

} // namespace support
