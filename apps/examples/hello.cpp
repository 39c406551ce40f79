// SPDX-License-Identifier: BSL-1.0
// The 60-second example of README.md.
//! [hello]
#include <coffer/cached.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct product {
    std::int64_t id = 0;
    std::string name;
};

int queries = 0;

// Stands for a database query: any coroutine on Asio.
asio::awaitable<product> load_product(std::int64_t id)
{
    ++queries;
    product found;
    found.id = id;
    found.name = "product " + std::to_string(id);
    co_return found;
}

asio::awaitable<void> serve(coffer::cached_function<product(std::int64_t)> products)
{
    product p = co_await products(42); // miss: one load, however many ask
    product q = co_await products(42); // hit: a copy, without suspending
    co_await products.invalidate(42);  // whoever asks from now on gets a new one
    product r = co_await products(42);
    std::printf("%s, %s, %s: %d queries\n", p.name.c_str(), q.name.c_str(), r.name.c_str(),
                queries);
}

int main()
{
    auto products = coffer::cached("product", load_product,
                                   coffer::options().ttl(5min).allow_concurrent(false));
    asio::io_context io;
    asio::co_spawn(io, serve(products), [](std::exception_ptr failed) {
        if (failed)
            std::rethrow_exception(failed);
    });
    io.run();
    return queries == 2 ? 0 : 1;
}
//! [hello]
