// SPDX-License-Identifier: BSL-1.0
// Bodies of function_core: construction.
#pragma once

#include <coffer/cached/function_core.hpp>

#include <typeinfo>

namespace coffer::detail {

/// The hook of that type, or empty if none was given.
///
/// Errors: `std::invalid_argument` if one of another type was given.
template <class Function>
Function hook_of(const std::any& given, const std::string& who, const char* which)
{
    if (!given.has_value())
        return nullptr;
    if (const auto* fits = std::any_cast<Function>(&given))
        return *fits;
    throw std::invalid_argument("coffer: cached function '" + who + "': " + which +
                                " does not take this function's own types");
}

template <class R, class... Args>
function_core<R, Args...>::function_core(std::string name, loader_type load,
                                         function_settings settings)
    : function_base(std::move(name), std::move(settings)), load_(std::move(load)),
      make_key_(hook_of<std::function<std::string(const Args&...)>>(settings_.make_key,
                                                                    this->name(), "make_key(...)")),
      store_if_(hook_of<std::function<bool(const R&)>>(settings_.store_if, this->name(),
                                                       "store_if(...)")),
      batch_(hook_of<batch_type>(settings_.batch, this->name(), "batch(...)"))
{
    check_settings(this->name(), settings_, has_codec<R>);
    if constexpr (has_codec<R>)
        if (settings_.store)
            settings_.store->notes().claim(touch_group(places().home()), typeid(R(Args...)),
                                           codec<R>::schema);
    auto weigh = hook_of<std::function<std::size_t(const R&)>>(settings_.weigher, this->name(),
                                                               "max_weight(...)'s weigher");
    if (!settings_.store || settings_.near_given)
        near_ =
            std::make_unique<near_type>(settings_, std::move(weigh), [this](removal_cause cause) {
                if (cause == removal_cause::size || cause == removal_cause::expired)
                    tell(event_kind::evicted);
            });
    if (!settings_.error_lifetime.is_zero()) {
        memory_options limits;
        limits.entries(settings_.capacity).clock(settings_.time).ttl(settings_.error_lifetime);
        errors_ = std::make_unique<typename decltype(errors_)::element_type>(limits);
    }
}

} // namespace coffer::detail
