// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/errc.hpp>

#include <string>

namespace coffer {
namespace {

const char* text_of(errc code) noexcept
{
    switch (code) {
    case errc::closed:
        return "closed";
    case errc::abandoned:
        return "the execution context that ran the load stopped";
    case errc::recursive_load:
        return "a loader asked for the key that it is loading";
    case errc::load_timeout:
        return "the load did not end within its deadline";
    case errc::timeout:
        return "the caller's time ran out";
    case errc::overloaded:
        return "a limit was reached";
    case errc::key_too_large:
        return "the key is longer than the storage can take";
    case errc::value_too_large:
        return "the value is larger than the storage can take";
    case errc::unsupported:
        return "the storage does not offer this operation";
    case errc::not_decodable:
        return "the stored bytes are not a readable entry";
    case errc::storage_unavailable:
        return "the storage kept failing and is not asked at the moment";
    case errc::storage_failed:
        return "the storage failed";
    case errc::not_a_counter:
        return "the value is not a counter, or the result is out of range";
    case errc::scope_finished:
        return "the transaction scope has already ended";
    case errc::too_many_callbacks:
        return "callbacks kept registering callbacks";
    case errc::connection_held:
        return "the connection is held by the caller's own transaction";
    case errc::pool_timeout:
        return "no database connection became free in time";
    case errc::database_failed:
        return "the database refused a statement";
    case errc::database_busy:
        return "the database stayed locked by another writer";
    case errc::server_refused:
        return "the server answered with an error";
    case errc::unexpected_reply:
        return "the reply does not fit the type asked for";
    case errc::connection_lost:
        return "the connection was lost";
    }
    return "unknown coffer error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "coffer"; }
    std::string message(int code) const override { return text_of(static_cast<errc>(code)); }
};

} // namespace

const boost::system::error_category& coffer_category() noexcept
{
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), coffer_category()};
}

} // namespace coffer
