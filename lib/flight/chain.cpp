// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/chain.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

namespace coffer {
namespace {

const detail::chain_executor* chained(const asio::any_io_executor& executor) noexcept
{
    return executor.target<detail::chain_executor>();
}

} // namespace

namespace detail {

asio::execution_context& context_of(const asio::any_io_executor& executor) noexcept
{
    return asio::query(executor, asio::execution::context);
}

asio::any_io_executor underlying(const asio::any_io_executor& executor)
{
    if (const auto* chain = chained(executor))
        return underlying(chain->inner());
    if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>())
        return underlying(strand->get_inner_executor());
    if (const auto* strand = executor.target<asio::strand<asio::io_context::executor_type>>())
        return strand->get_inner_executor();
    if (const auto* strand = executor.target<asio::strand<asio::thread_pool::executor_type>>())
        return strand->get_inner_executor();
    return executor;
}

asio::any_io_executor linked_strand(const asio::any_io_executor& executor,
                                    std::shared_ptr<const load_link> link)
{
    return chain_executor(asio::make_strand(executor), std::move(link));
}

bool is_stopped(const asio::any_io_executor& executor) noexcept
{
    const auto* io = executor.target<asio::io_context::executor_type>();
    return io && io->context().stopped();
}

} // namespace detail

std::shared_ptr<const load_link> current_load(const asio::any_io_executor& executor) noexcept
{
    if (const auto* chain = chained(executor))
        return chain->link();
    if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>()) {
        const asio::any_io_executor inner = strand->get_inner_executor();
        if (const auto* chain = chained(inner))
            return chain->link();
    }
    return nullptr;
}

} // namespace coffer
