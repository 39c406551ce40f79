// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/decode.hpp>
#include <coffer/redis/result.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace coffer::redis::detail {

/// The results of several commands: a vector if all are of one type, else a tuple.
template <class T, class... More>
struct batch_of {
    using type = std::tuple<redis::result<T>, redis::result<More>...>;

    template <std::size_t... At>
    static decode_status read(type& to, std::size_t which, const reply_view& reply,
                              std::index_sequence<At...>)
    {
        using reader = decode_status (*)(type&, const reply_view&);
        static constexpr reader readers[] = {[](type& all, const reply_view& one) {
            return decode_into(one, std::get<At>(all));
        }...};
        return which < sizeof...(At) ? readers[which](to, reply) : decode_status();
    }
    static decode_status read(type& to, std::size_t which, const reply_view& reply)
    {
        return read(to, which, reply, std::make_index_sequence<1 + sizeof...(More)>());
    }
    static bool fits(std::size_t commands) noexcept { return commands == 1 + sizeof...(More); }
};
template <class T>
struct batch_of<T> {
    using type = std::vector<redis::result<T>>;

    static decode_status read(type& to, std::size_t which, const reply_view& reply)
    {
        if (to.size() <= which)
            to.resize(which + 1);
        return decode_into(reply, to[which]);
    }
    static bool fits(std::size_t) noexcept { return true; }
};

/// Reads each reply into its own result.
template <class... Types>
class batch_replies {
public:
    using result = typename batch_of<Types...>::type;

    decode_status take(std::size_t which, const reply_view& reply)
    {
        return batch_of<Types...>::read(values_, which, reply);
    }
    result finish() && { return std::move(values_); }

private:
    result values_{};
};

/// Reads what EXEC answers, and why commands were not even queued.
template <class... Types>
class transaction_replies {
public:
    /// Nothing if a watched key was changed.
    using result = std::optional<typename batch_of<Types...>::type>;

    /// `commands`: with MULTI and EXEC.
    explicit transaction_replies(std::size_t commands) : last_(commands - 1) {}

    decode_status take(std::size_t which, const reply_view& reply)
    {
        if (which == 0)
            refused_.reset(); // perhaps sent again
        if (reply.is_error()) {
            if (!refused_)
                refused_.emplace(reply.text());
            return which == last_ ? decode_status::refused(*refused_) : decode_status();
        }
        return which == last_ ? decode_into(reply, values_) : decode_status();
    }
    result finish() && { return std::move(values_); }

private:
    std::size_t last_;
    std::optional<std::string> refused_; // by the first that was: EXEC only says that one was
    result values_;
};

} // namespace coffer::redis::detail
