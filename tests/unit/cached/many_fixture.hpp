// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "unit/cached/fixture.hpp"

#include <exception>
#include <set>
#include <utility>
#include <vector>

namespace fixture {

using results = std::vector<coffer::outcome<int>>;

/// A source of many values at once.
class batch_source : public std::enable_shared_from_this<batch_source> {
public:
    std::shared_ptr<source> from; // its values, versions, gate and counters
    std::vector<std::vector<int>> asked;
    std::set<int> fail; // these keys fail, the others do not
    bool short_by_one = false;

    asio::awaitable<results> load(std::vector<int> keys) { return run(shared_from_this(), keys); }

private:
    static asio::awaitable<results> run(std::shared_ptr<batch_source> self, std::vector<int> keys)
    {
        const support::live here;
        self->asked.push_back(keys);
        results all;
        for (const int key : keys) {
            if (self->fail.contains(key))
                all.emplace_back(std::make_exception_ptr(load_failed(key)));
            else
                all.emplace_back(self->from->value_of(key));
        }
        co_await asio::post(asio::use_awaitable);
        if (self->from->gate) {
            auto waiting = self->from->gate->wait();
            co_await std::move(waiting);
        }
        if (self->from->fails)
            throw load_failed(0);
        if (self->short_by_one)
            all.pop_back();
        co_return all;
    }
};

inline coffer::options with_batch(const std::shared_ptr<batch_source>& many,
                                  coffer::options how = shared_loads())
{
    return how.batch([many](std::vector<int> keys) { return many->load(std::move(keys)); });
}

/// A function with a batch loader.
class many_bench : public bench {
public:
    explicit many_bench(coffer::options how = shared_loads(),
                        std::shared_ptr<batch_source> source = std::make_shared<batch_source>())
        : bench(with_batch(source, how)), many(source)
    {
        many->from = from;
    }

    std::shared_ptr<batch_source> many;
};

/// The values of a result; -1 for `load_failed`, -2 for any other error.
inline std::vector<int> flat(const results& all)
{
    std::vector<int> values;
    for (const auto& one : all) {
        try {
            values.push_back(one.value());
        } catch (const load_failed&) {
            values.push_back(-1);
        } catch (...) {
            values.push_back(-2);
        }
    }
    return values;
}

using list = std::vector<int>;

} // namespace fixture
