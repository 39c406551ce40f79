// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/protocol_fault.hpp>

#include <string>

namespace coffer::redis {
namespace {

const char* text_of(protocol_fault fault) noexcept
{
    switch (fault) {
    case protocol_fault::bad_type:
        return "the peer does not speak the Redis protocol";
    case protocol_fault::bad_number:
        return "a length or number in a reply is not one";
    case protocol_fault::bad_line_end:
        return "a line or string in a reply does not end with CR LF";
    case protocol_fault::bad_value:
        return "a boolean, null, double or verbatim string in a reply is malformed";
    case protocol_fault::streamed:
        return "a reply of unknown length, which is not accepted";
    case protocol_fault::misplaced_push:
        return "a push inside of a reply";
    case protocol_fault::line_too_long:
        return "a line in a reply is longer than the limit reply_limits::line";
    case protocol_fault::bulk_too_large:
        return "a string in a reply is longer than the limit reply_limits::bulk";
    case protocol_fault::aggregate_too_long:
        return "a list in a reply has more elements than the limit reply_limits::elements";
    case protocol_fault::too_deep:
        return "a reply is nested deeper than the limit reply_limits::depth";
    case protocol_fault::reply_too_large:
        return "a reply is longer than the limit reply_limits::total";
    case protocol_fault::unsolicited:
        return "a reply that no command waits for";
    }
    return "unknown protocol fault";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "coffer.redis"; }
    std::string message(int code) const override
    {
        return text_of(static_cast<protocol_fault>(code));
    }
};

} // namespace

const boost::system::error_category& protocol_category() noexcept
{
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(protocol_fault fault) noexcept
{
    return {static_cast<int>(fault), protocol_category()};
}

} // namespace coffer::redis
