// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/keys-and-values.md and docs/testing.md.
#include "example.hpp"

#include <coffer/cached.hpp>
#include <coffer/json.hpp>
#include <coffer/storage/memory_storage.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

//! [key]
struct sku {
    int maker = 0;
    std::string part;
};

template <>
struct coffer::key_encoder<sku> {
    static void encode(coffer::key_writer& to, const sku& s)
    {
        to.add(s.maker);
        to.add(s.part);
    }
};
//! [key]

//! [json]
struct item {
    std::string name;
    double price = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(item, name, price)
//! [json]

namespace {

int loads = 0;

asio::awaitable<item> load_item(sku which)
{
    ++loads;
    item made;
    made.name = which.part;
    made.price = which.maker;
    co_return made;
}

asio::awaitable<void> own_types()
{
    //! [use]
    auto items =
        coffer::cached("item", load_item, coffer::options().storage(coffer::memory_storage()));
    sku wanted;
    wanted.maker = 7;
    wanted.part = "bolt";
    item first = co_await items(wanted);
    item second = co_await items(wanted); // decoded from the storage
    //! [use]
    expect(first.name == second.name && loads == 1, "own key type, JSON value");
}

asio::awaitable<void> by_hand()
{
    //! [clock]
    coffer::testing::manual_clock clock;
    auto items = coffer::cached("item", load_item, coffer::options().ttl(10s).clock(clock));
    sku wanted;
    co_await items(wanted);
    clock.advance(9999ms);
    expect(items.peek(wanted).has_value(), "fresh to the last millisecond");
    clock.advance(1ms);
    expect(!items.peek(wanted), "and not longer");
    //! [clock]
}

} // namespace

int main()
{
    run(own_types());
    run(by_hand());
}
