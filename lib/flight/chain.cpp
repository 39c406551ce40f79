// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/chain.hpp>

#include <coffer/flight/load_strand.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace coffer {
namespace {

const detail::load_strand* load_behind(const asio::any_io_executor& executor) noexcept
{
    const auto* load = executor.target<detail::load_executor>();
    return load ? load->strand().get() : nullptr;
}

} // namespace

namespace detail {

asio::execution_context& context_of(const asio::any_io_executor& executor) noexcept
{
    return asio::query(executor, asio::execution::context);
}

asio::any_io_executor underlying(const asio::any_io_executor& executor)
{
    if (const auto* load = load_behind(executor))
        return underlying(load->inner());
    if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>())
        return underlying(strand->get_inner_executor());
    if (const auto* strand = executor.target<asio::strand<asio::io_context::executor_type>>())
        return strand->get_inner_executor();
    if (const auto* strand = executor.target<asio::strand<asio::thread_pool::executor_type>>())
        return strand->get_inner_executor();
    return executor;
}

bool is_stopped(const asio::any_io_executor& executor) noexcept
{
    const auto* io = executor.target<asio::io_context::executor_type>();
    return io && io->context().stopped();
}

} // namespace detail

std::shared_ptr<const load_link> current_load(const asio::any_io_executor& executor) noexcept
{
    if (const auto* load = load_behind(executor))
        return load->link();
    if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>()) {
        const asio::any_io_executor inner = strand->get_inner_executor();
        if (const auto* load = load_behind(inner))
            return load->link();
    }
    return nullptr;
}

} // namespace coffer
