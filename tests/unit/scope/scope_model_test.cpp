// SPDX-License-Identifier: BSL-1.0
//
// Random transactions against a naive model: a savepoint is a copy of everything, a rollback puts
// the copy back.
#include "scope_support.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace {

struct action {
    int number;
    bool on_rollback;
    std::string identity; // empty: not an intent
    int strength;
};

/// Everything that a transaction has registered and touched so far, the plainest way.
struct snapshot {
    std::vector<action> actions;
    std::set<std::string> touched;
};

class model {
public:
    void add(action a) { now_.actions.push_back(std::move(a)); }
    void touch(const std::string& key) { now_.touched.insert(key); }
    bool touches(const std::string& key) const { return now_.touched.count(key) != 0; }
    void savepoint() { saved_.push_back(now_); }
    void release() { saved_.pop_back(); }
    void rollback()
    {
        for (std::size_t i = saved_.back().actions.size(); i < now_.actions.size(); ++i)
            if (now_.actions[i].on_rollback)
                undone_.insert(now_.actions[i].number);
        now_ = std::move(saved_.back());
        saved_.pop_back();
    }

    std::vector<int> committed() const
    {
        std::vector<std::pair<int, int>> due; // place, number
        std::set<std::string> seen;
        for (const action& a : now_.actions)
            if (!a.on_rollback && (a.identity.empty() || seen.insert(a.identity).second))
                due.emplace_back(a.number, a.identity.empty() ? a.number : winner(a.identity));
        for (const int number : undone_)
            due.emplace_back(number, number);
        return in_order(std::move(due));
    }

    std::vector<int> rolled_back() const
    {
        std::vector<std::pair<int, int>> due;
        for (const action& a : now_.actions)
            if (a.on_rollback)
                due.emplace_back(a.number, a.number);
        for (const int number : undone_)
            due.emplace_back(number, number);
        return in_order(std::move(due));
    }

private:
    int winner(const std::string& identity) const
    {
        const action* best = nullptr;
        for (const action& a : now_.actions)
            if (a.identity == identity && (!best || a.strength >= best->strength))
                best = &a;
        return best->number;
    }

    static std::vector<int> in_order(std::vector<std::pair<int, int>> due)
    {
        std::sort(due.begin(), due.end());
        std::vector<int> numbers;
        for (const auto& [place, number] : due)
            numbers.push_back(number);
        return numbers;
    }

    snapshot now_;
    std::vector<snapshot> saved_;
    std::set<int> undone_; // after_rollback actions whose part was undone: they run at the end
};

/// One open part: a savepoint, or a nested scope through which everything is then registered.
struct part {
    std::unique_ptr<coffer::scope_savepoint> savepoint;
    std::unique_ptr<transaction_scope> nested;
};

/// Drives a scope and the model with the same random choices.
class driver {
public:
    explicit driver(std::uint32_t seed) : random_(seed) {}

    void play()
    {
        const int steps = pick(60);
        for (int i = 0; i < steps; ++i)
            choose();
        for (char key = 'a'; key <= 'e'; ++key)
            CHECK(scope_.touches(std::string(1, key), "") == model_.touches(std::string(1, key)));
        while (!parts_.empty())
            end_part();
        const bool committed = pick(3) != 0;
        committed ? commit(io_, scope_) : roll_back(io_, scope_);
        CHECK(ran_ == (committed ? model_.committed() : model_.rolled_back()));
    }

private:
    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

    const transaction_scope& current() const
    {
        for (auto at = parts_.rbegin(); at != parts_.rend(); ++at)
            if (at->nested)
                return *at->nested;
        return scope_;
    }

    void choose()
    {
        switch (pick(8)) {
        case 0:
            return begin_part();
        case 1:
            return parts_.empty() ? begin_part() : end_part();
        case 2:
            return touch(std::string(1, static_cast<char>('a' + pick(5))));
        default:
            return add();
        }
    }

    void add()
    {
        action a{++number_, false, {}, 0};
        auto run = [this, number = a.number] { ran_.push_back(number); };
        if (pick(4) == 0) {
            a.on_rollback = true;
            current().after_rollback(run);
        } else if (pick(2) == 0) {
            a.identity = std::string(1, static_cast<char>('a' + pick(4)));
            a.strength = pick(3);
            current().after_commit_once(a.identity, a.strength, run);
        } else {
            current().after_commit(run);
        }
        model_.add(a);
    }

    void touch(const std::string& key)
    {
        current().touch(key);
        model_.touch(key);
    }

    void begin_part()
    {
        part begun;
        if (pick(2) == 0)
            begun.savepoint = std::make_unique<coffer::scope_savepoint>(current().savepoint());
        else
            begun.nested = std::make_unique<transaction_scope>(current().nested());
        parts_.push_back(std::move(begun));
        model_.savepoint();
    }

    void end_part()
    {
        part ended = std::move(parts_.back());
        parts_.pop_back();
        const int how = pick(3); // released, rolled back, destroyed
        how == 0 ? model_.release() : model_.rollback();
        if (how == 2)
            return;
        if (ended.savepoint)
            how == 0 ? ended.savepoint->release() : ended.savepoint->rollback();
        else
            how == 0 ? commit(io_, *ended.nested) : roll_back(io_, *ended.nested);
    }

    std::mt19937 random_;
    asio::io_context io_;
    transaction_scope scope_;
    model model_;
    std::vector<part> parts_;
    std::vector<int> ran_;
    int number_ = 0;
};

} // namespace

TEST_CASE("scope: random transactions with savepoints and nested scopes agree with a naive model")
{
    for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
        CAPTURE(seed);
        driver(seed).play();
    }
}
