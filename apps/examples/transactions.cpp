// SPDX-License-Identifier: BSL-1.0
// The snippets of docs/transactions.md that need no database.
#include "example.hpp"

#include <coffer/cached.hpp>
#include <coffer/transaction_scope.hpp>

#include <map>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

std::map<int, std::string> table{{42, "old"}};

asio::awaitable<std::string> load_name(int id)
{
    co_return table[id];
}

asio::awaitable<void> commits()
{
    auto names = coffer::cached("name", load_name);
    std::string before = co_await names(42);

    //! [scope]
    coffer::transaction_scope scope; // owned by the database layer
    table[42] = "new";               // the write, in a transaction
    names.invalidate_after_commit(scope, 42);
    int notified = 0;
    scope.after_commit([&notified]() -> asio::awaitable<void> {
        ++notified;
        co_return;
    });

    std::string inside = co_await names.in(scope)(42); // sees the write, stores nothing
    std::string outside = co_await names(42);          // still the committed value
    auto failed = co_await scope.committed();          // after COMMIT: the callbacks, in order
    std::string after = co_await names(42);
    //! [scope]
    expect(before == "old" && outside == "old", "others see the old value before the commit");
    expect(inside == "new" && after == "new", "the new one inside, and after");
    expect(failed.empty() && notified == 1, "callbacks ran once");
}

asio::awaitable<void> rolls_back()
{
    auto names = coffer::cached("name", load_name);
    co_await names(42);

    //! [rollback]
    coffer::transaction_scope scope;
    {
        auto part = scope.savepoint();
        names.invalidate_after_commit(scope, 42);
        part.rollback(); // drops what was registered since the savepoint
    }
    co_await scope.committed();
    expect(names.peek(42).has_value(), "nothing was invalidated");
    //! [rollback]
}

} // namespace

int main()
{
    run(commits());
    run(rolls_back());
}
