// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/cached-functions.md.
#include "example.hpp"

#include <coffer/cached.hpp>
#include <coffer/cached_reference.hpp>
#include <coffer/shared.hpp>
#include <coffer/storage/memory_storage.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

//! [member]
class price_list {
public:
    explicit price_list(int factor)
        : prices_(coffer::cached(
              "price", [factor](int id) { return load(factor, id); },
              coffer::options().ttl(5min).allow_concurrent(false)))
    {}

    auto price(int id) const { return prices_(id); }

private:
    static asio::awaitable<int> load(int factor, int id) { co_return factor* id; }

    coffer::cached_function<int(int)> prices_;
};
//! [member]

//! [context]
struct reply {
    int status = 200;
    std::string etag;
    std::string body;
};

asio::awaitable<reply> fetch(std::string url, std::string_view validator)
{
    reply got;
    got.etag = "v1";
    got.status = validator == "v1" ? 304 : 200;
    got.body = "page of " + url;
    co_return got;
}

asio::awaitable<std::string> load_page(coffer::load_context& load, std::string url)
{
    auto fetching = fetch(url, load.previous_validator());
    reply got = co_await std::move(fetching);
    if (got.status == 304)
        co_return load.keep_previous<std::string>();
    load.ttl(10min).validator(got.etag).tag("site:eu").store_if(got.status == 200);
    co_return got.body;
}
//! [context]

asio::awaitable<int> square(int n)
{
    co_return n* n;
}

//! [batch-loader]
asio::awaitable<std::vector<coffer::outcome<int>>> squares(std::vector<int> keys)
{
    std::vector<coffer::outcome<int>> all;
    for (int key : keys) {
        if (key < 0)
            all.emplace_back(std::make_exception_ptr(std::domain_error("negative")));
        else
            all.emplace_back(key * key);
    }
    co_return all;
}
//! [batch-loader]

asio::awaitable<void> many()
{
    //! [batch]
    auto numbers = coffer::cached("square", square, coffer::options().batch(squares));
    std::vector<int> wanted{3, 1, 3, -1};
    auto found = co_await numbers.get_many(wanted); // one call of the batch loader, for 3, 1 and -1
    expect(found[0].value() == 9 && found[2].value() == 9, "in the order asked");
    expect(!found[3], "an error belongs to its key");
    //! [batch]
}

asio::awaitable<void> pages()
{
    //! [storage]
    auto store = coffer::memory_storage(); // stands for any storage
    auto page = coffer::cached(
        "page", load_page,
        coffer::options().storage(store).near(2s).ttl(1h).grace(6h).namespace_("web").version(3));
    //! [storage]
    //! [asking]
    auto found = co_await page.get("/a"); // with where it came from, and how old it is
    expect(found.source() == coffer::source::load, "the first one is loaded");
    std::optional<std::string> near = page.peek("/a"); // near tier only, never suspends
    auto have = co_await page.find("/a");              // looks everywhere, never loads
    expect(near && have == near, "stored in both tiers");
    co_await page.put("/b", "written by hand");
    co_await page.invalidate("/a"); // hard: never served again
    co_await page.expire("/b");     // soft: may serve as a stale fallback
    co_await page.invalidate_tag(
        "site:eu"); // whatever was loaded with that tag, or is being loaded
    co_await page.clear();
    coffer::function_stats seen = page.stats();
    expect(seen.loads == 1, "one load so far");
    //! [asking]
    //! [views]
    using coffer::within;
    std::string own = co_await page.tenant("acme")("/a");
    std::string soon = co_await page.with(within(50ms).fresh(1s))("/a");
    //! [views]
    expect(own == soon, "the same page for two tenants");
    co_await page.close();
}

//! [live]
struct client {
    explicit client(std::string where) : region(std::move(where)) {}
    asio::awaitable<void> close()
    {
        open = false;
        co_return;
    }
    std::string region;
    bool open = true;
};

asio::awaitable<std::unique_ptr<client>> connect_client(std::string region)
{
    co_return std::make_unique<client>(region);
}

asio::awaitable<void> live_objects()
{
    auto clients = coffer::cached_reference("client", connect_client);
    std::shared_ptr<client> one = co_await clients("eu-1");
    std::shared_ptr<client> same = co_await clients("eu-1");
    expect(one == same, "one object per argument list");
    co_await clients.close(); // closes each one
    expect(!one->open, "closed with the rest");
}
//! [live]

asio::awaitable<void> shared_values()
{
    //! [shared]
    auto squares = coffer::cached("square", coffer::shared(square));
    std::shared_ptr<const int> nine = co_await squares(3); // a hit copies a pointer
    //! [shared]
    expect(*nine == 9, "a shared value");
}

void tokens()
{
    //! [tokens]
    asio::io_context io;
    auto numbers = coffer::cached("square", square);
    int answer = 0;
    numbers(6)(asio::bind_executor(
        io, [&](std::exception_ptr failed, int value) { answer = failed ? -1 : value; }));
    asio::co_spawn(io, numbers(7).as_awaitable(), asio::use_future); // for co_spawn, && and ||
    io.run();
    expect(answer == 36, "a callback");
    //! [tokens]
}

asio::awaitable<void> members()
{
    price_list prices(3);
    int price = co_await prices.price(14);
    expect(price == 42, "a member of a service");
}

} // namespace

int main()
{
    run(members());
    run(many());
    run(pages());
    run(live_objects());
    run(shared_values());
    tokens();
}
