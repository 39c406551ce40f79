// SPDX-License-Identifier: BSL-1.0
#include <coffer/flight/waits.hpp>

#include <coffer/flight/flight.hpp>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace coffer::detail {
namespace {

class wait_graph {
public:
    bool connect(const load_link* from, const load_link* to)
    {
        const std::lock_guard lock(mutex_);
        if (reaches(to, from))
            return false;
        edges_.emplace(from, to);
        return true;
    }

    void disconnect(const load_link* from, const load_link* to) noexcept
    {
        const std::lock_guard lock(mutex_);
        const auto [first, last] = edges_.equal_range(from);
        const auto found =
            std::find_if(first, last, [to](const auto& edge) { return edge.second == to; });
        if (found != last)
            edges_.erase(found);
    }

private:
    bool reaches(const load_link* start, const load_link* goal) const
    {
        std::vector<const load_link*> open{start};
        std::unordered_set<const load_link*> seen;
        while (!open.empty()) {
            const load_link* at = open.back();
            open.pop_back();
            if (at == goal)
                return true;
            if (!seen.insert(at).second)
                continue;
            const auto [first, last] = edges_.equal_range(at);
            for (auto edge = first; edge != last; ++edge)
                open.push_back(edge->second);
        }
        return false;
    }

    std::mutex mutex_;
    std::unordered_multimap<const load_link*, const load_link*> edges_;
};

wait_graph& graph()
{
    static wait_graph instance;
    return instance;
}

} // namespace

wait_edge::wait_edge(wait_edge&& other) noexcept : from_(std::move(other.from_)), to_(other.to_)
{
    other.from_ = nullptr;
}

wait_edge::~wait_edge()
{
    if (from_)
        graph().disconnect(from_.get(), to_);
}

bool wait_edge::connect(std::shared_ptr<const load_link> from, const flight_base& flight)
{
    const load_link* to = flight.link().get();
    if (!graph().connect(from.get(), to))
        return false;
    from_ = std::move(from);
    to_ = to;
    return true;
}

} // namespace coffer::detail
