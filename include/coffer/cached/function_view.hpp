// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/cached/function_calls.hpp>

#include <string>

namespace coffer {

template <class Signature>
class function_view;

/// A cached function as one call sees it: with its own terms, its place, its transaction.
///
///     product q = co_await products.with(within(50ms).fresh(1s))(42);
///     product r = co_await products.tenant("acme").namespace_("eu")(42);
///     product s = co_await products.in(tx.scope())(42);
///
/// Lifetime: a view refers to the function, and `in(scope)` to the scope: use it at once.
///
/// Cost: three pointers and the terms, trivially copied. Naming a tenant or a namespace takes a
/// lock and a look-up.
template <class R, class... Args>
class function_view<R(Args...)> : public function_calls<function_view<R(Args...)>, R(Args...)> {
    using core_type = detail::function_core<R, Args...>;

public:
    /// For `cached_function`, which outlives the view.
    explicit function_view(const std::shared_ptr<core_type>& core) noexcept
        : core_(&core), where_(&core->places().home())
    {}

    function_view with(call_terms terms) const noexcept
    {
        function_view copy = *this;
        copy.terms_ = terms;
        return copy;
    }
    /// Calls inside a transaction: keys that it touched are loaded anew, past every cache and every
    /// running load, and nothing that is loaded is stored. A loader finds the scope in its context.
    function_view in(const transaction_scope& scope) const noexcept
    {
        function_view copy = *this;
        copy.scope_ = &scope;
        return copy;
    }
    /// Errors: `errc::overloaded` beyond a million tenants and namespaces.
    function_view tenant(const std::string& name) const
    {
        function_view copy = *this;
        copy.where_ = &(*core_)->places().at(name, where_->space);
        return copy;
    }
    function_view namespace_(const std::string& name) const
    {
        function_view copy = *this;
        copy.where_ = &(*core_)->places().at(where_->tenant, name);
        return copy;
    }

private:
    friend class function_calls<function_view<R(Args...)>, R(Args...)>;

    const std::shared_ptr<core_type>& core() const noexcept { return *core_; }
    const detail::place& where() const noexcept { return *where_; }
    const call_terms& terms() const noexcept { return terms_; }
    const transaction_scope* scope() const noexcept { return scope_; }

    const std::shared_ptr<core_type>* core_;
    const detail::place* where_;
    const transaction_scope* scope_ = nullptr;
    call_terms terms_;
};

} // namespace coffer
