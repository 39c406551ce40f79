// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/flight.hpp>
#include <coffer/flight/waits.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using coffer::load_link;
using coffer::detail::flight_base;
using coffer::detail::wait_edge;

namespace {

/// Loads that may wait for one another.
class loads {
public:
    explicit loads(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            links_.push_back(std::make_shared<const load_link>(nullptr, nullptr, nullptr));
            flights_.push_back(std::make_shared<flight_base>(coffer::clock(), coffer::clock().now(),
                                                             io_.get_executor(), links_.back()));
        }
    }
    /// An edge, if it was allowed.
    bool connect(wait_edge& edge, std::size_t from, std::size_t to)
    {
        return edge.connect(links_[from], *flights_[to]);
    }
    /// Connects for as long as this object lives.
    bool waits(std::size_t from, std::size_t to)
    {
        wait_edge edge;
        const bool allowed = connect(edge, from, to);
        edges_.push_back(std::make_unique<wait_edge>(std::move(edge)));
        return allowed;
    }

private:
    asio::io_context io_;
    std::vector<std::shared_ptr<const load_link>> links_;
    std::vector<std::shared_ptr<flight_base>> flights_;
    std::vector<std::unique_ptr<wait_edge>> edges_;
};

/// Whether `from` reaches `to`, by the plainest search there is.
bool reaches(const std::multiset<std::pair<std::size_t, std::size_t>>& edges, std::size_t from,
             std::size_t to, std::set<std::size_t> seen = {})
{
    if (from == to)
        return true;
    if (!seen.insert(from).second)
        return false;
    for (const auto& [a, b] : edges)
        if (a == from && reaches(edges, b, to, seen))
            return true;
    return false;
}

} // namespace

TEST_CASE("waits: what would close a circle is refused, however long it is")
{
    loads all(5);
    CHECK_FALSE(all.waits(0, 0));
    CHECK(all.waits(0, 1));
    CHECK_FALSE(all.waits(1, 0));
    CHECK(all.waits(1, 2));
    CHECK(all.waits(2, 3));
    CHECK(all.waits(3, 4));
    CHECK_FALSE(all.waits(4, 0));
    CHECK_FALSE(all.waits(4, 2));
    CHECK(all.waits(0, 4)); // another way there is no circle
}

TEST_CASE("waits: a wait that is over is in nobody's way")
{
    loads all(2);
    {
        wait_edge edge;
        CHECK(all.connect(edge, 0, 1));
        wait_edge back;
        CHECK_FALSE(all.connect(back, 1, 0));
    }
    CHECK(all.waits(1, 0));
}

TEST_CASE("waits: a refused one leaves nothing behind, a moved one ends once")
{
    loads all(3);
    {
        wait_edge first;
        CHECK(all.connect(first, 0, 1));
        wait_edge second(std::move(first));
        wait_edge refused;
        CHECK_FALSE(all.connect(refused, 1, 0));
    }
    CHECK(all.waits(1, 0));
    CHECK(all.waits(2, 1));
}

TEST_CASE("waits: one of two equal waits may end")
{
    loads all(2);
    wait_edge stays;
    CHECK(all.connect(stays, 0, 1));
    {
        wait_edge goes;
        CHECK(all.connect(goes, 0, 1));
    }
    CHECK_FALSE(all.waits(1, 0));
}

TEST_CASE("waits: agrees with a plain search, over random waits that come and go")
{
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::minstd_rand random(seed);
        constexpr std::size_t count = 7;
        loads all(count);
        std::multiset<std::pair<std::size_t, std::size_t>> model;
        using kept = std::pair<std::pair<std::size_t, std::size_t>, std::unique_ptr<wait_edge>>;
        std::vector<kept> edges;
        for (int step = 0; step < 200; ++step) {
            if (!edges.empty() && random() % 3 == 0) {
                const auto which = static_cast<std::ptrdiff_t>(random() % edges.size());
                model.erase(model.find(edges[static_cast<std::size_t>(which)].first));
                edges.erase(edges.begin() + which);
                continue;
            }
            const std::size_t from = random() % count;
            const std::size_t to = random() % count;
            auto edge = std::make_unique<wait_edge>();
            const bool allowed = all.connect(*edge, from, to);
            REQUIRE(allowed == !reaches(model, to, from));
            if (!allowed)
                continue;
            model.emplace(from, to);
            edges.emplace_back(std::pair(from, to), std::move(edge));
        }
    }
}
