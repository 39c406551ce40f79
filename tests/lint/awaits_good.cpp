// SPDX-License-Identifier: BSL-1.0
// clang-format off
// Read by the checker of .ci/lint_awaits.py, never compiled: what it must let pass.
#define NAMED(x) co_await run({x})

namespace sample {

struct options {
    std::string name{"co_await run({})"};
    int number{};
};

static_assert(std::is_trivially_destructible_v<sample::trivial>);

class service : public base {
public:
    service() : a_{1}, b_{2} {}
    asio::awaitable<void> go() const noexcept { co_await run(a_); }
    asio::awaitable<int> get(int id, int depth = 0) const;
    std::vector<int> numbers(options o = {});

private:
    int a_{0}, b_{0};
};

asio::awaitable<void> named_first(std::string key)
{
    auto loader = [key] { return key; };
    co_await load(loader);
    auto op = load([key](int) { return key; });
    co_await std::move(op);
    const options o{.name = key};
    co_await run(o);
    std::vector<std::string> list = {"a", "b"};
    co_await run(list);
    asio::co_spawn(ex, [key]() -> asio::awaitable<void> { co_await run(key); }, asio::detached);
    co_return options{.name = key};
}

asio::awaitable<void> harmless(std::string key)
{
    co_await run([] { return options{.name = "inside a lambda, not awaited"}; });
    co_await run([&] { return key; });
    co_await run([&key, this] { return key; });
    co_await run(list[3], map[key]);
    co_await wait(std::chrono::milliseconds{5});
    co_await run(std::string{});
    co_await run(sample::trivial{1, 2});
    co_await run([key] { return 1; }); // co_await ok: key is a reference here
    // co_await ok: both branches are ints
    auto n = c ? co_await number(1) : 2;
    [[maybe_unused]] auto v = co_await number(c ? 1 : 2);
    co_await run("a ? co_await b : {}", '{', R"(co_await run({}))");
    const auto big = co_await number(1'000'000);
    const bool enough = big ? true : false;
}

asio::awaitable<void> conditions()
{
    const bool go = co_await ready();
    if (go) co_return;
    if (auto found = co_await find(1)) use(*found);
    if (auto found = co_await find(1); found) use(*found);
    for (auto& item : co_await list()) {
        co_await use(item);
    }
    for (auto it = co_await first(); it != end; it = co_await next(it)) {
    }
    if constexpr (fast) {
        co_await run(1);
    }
    while (true) {
        co_await run(2);
    }
    try {
        co_await run(3);
    } catch (const error&) {
    }
    switch (kind) {
    case 1: {
        co_await run(4);
        break;
    }
    default: co_await run(5);
    }
    auto outer = [](int x) -> asio::awaitable<int> {
        const auto y = co_await number(x);
        co_return y;
    };
    co_await outer(1);
}

} // namespace sample

CORO_TEST("a case: braces {} and co_await in its name")
{
    co_await run(1);
}
