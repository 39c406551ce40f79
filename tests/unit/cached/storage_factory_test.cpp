// SPDX-License-Identifier: BSL-1.0
#include <coffer/cached.hpp>
#include <coffer/storage/memory_storage.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

namespace asio = boost::asio;

namespace {

asio::awaitable<int> seven(int)
{
    co_return 7;
}

asio::awaitable<int> echo(int n)
{
    co_return n;
}

/// What a list of functions answers for 1, in their order.
std::vector<int> answers(const std::vector<coffer::cached_function<int(int)>>& functions)
{
    asio::io_context io;
    std::vector<int> all;
    auto ask = [&]() -> asio::awaitable<void> {
        for (const auto& function : functions)
            all.push_back(co_await function(1));
    };
    asio::co_spawn(io, ask, asio::detached);
    io.run();
    return all;
}

} // namespace

TEST_CASE("storage factory: two functions with a factory each never answer for one another")
{
    int made = 0;
    const auto factory = [&made] {
        ++made;
        return coffer::memory_storage();
    };
    // One name on purpose: only the storage tells the two apart.
    const auto first = coffer::cached("f", seven, coffer::options().storage(factory));
    const auto second = coffer::cached("f", echo, coffer::options().storage(factory));
    CHECK(made == 0);
    CHECK(answers({first, second, first, second}) == std::vector<int>{7, 1, 7, 1});
    CHECK(made == 2);
}

TEST_CASE("storage factory: an explicit key shares one storage")
{
    const coffer::storage_registry shared;
    int made = 0;
    const auto factory = [&made] {
        ++made;
        return coffer::memory_storage();
    };
    const coffer::storage_ptr one = shared.at("main", factory);
    const coffer::storage_ptr same = shared.at("main", factory);
    const auto first = coffer::cached("f", seven, coffer::options().storage(one));
    const auto second = coffer::cached("f", echo, coffer::options().storage(same));
    CHECK(answers({first, second}) == std::vector<int>{7, 7});
    CHECK(made == 1);
}

TEST_CASE("storage factory: an awaitable one is resolved on first use, and again after a failure")
{
    int made = 0;
    const auto factory = [&made]() -> asio::awaitable<coffer::storage_ptr> {
        if (++made == 1)
            throw std::runtime_error("not yet");
        co_return coffer::memory_storage();
    };
    const auto function = coffer::cached("f", seven, coffer::options().storage(factory));
    CHECK(answers({function, function, function}) == std::vector<int>{7, 7, 7});
    CHECK(made == 2); // the first call went on without a storage
    CHECK(function.stats().storage_errors == 1);
    CHECK(function.stats().storage_hits == 1);
}

TEST_CASE("storage: one name with two signatures over one storage is refused")
{
    const auto store = coffer::memory_storage();
    const auto first = coffer::cached("f", seven, coffer::options().storage(store));
    const auto text = [](std::string s) -> asio::awaitable<std::string> { co_return s; };
    CHECK_THROWS_WITH_AS(coffer::cached("f", text, coffer::options().storage(store)),
                         doctest::Contains("f@1'"), std::invalid_argument);
    CHECK_NOTHROW(coffer::cached("f", text, coffer::options().storage(store).version(2)));
}
