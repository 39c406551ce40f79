// SPDX-License-Identifier: BSL-1.0
// clang-format off
// Read by the checker of .ci/lint_awaits.py, never compiled: what it must find.

asio::awaitable<void> lambdas(std::string key)
{
    co_await co_spawn(ex, [key]() -> asio::awaitable<void> { co_return; }, use_awaitable); // bad: lambda
    co_await visit([=](int) { return key; }); // bad: lambda
    co_await [k = std::move(key)]() -> task { co_return; }(); // bad: lambda
    auto v = co_await load([&, key] { return key; }); // bad: lambda
    CHECK(co_await load([key] { return 1; }) == 1); // bad: lambda
    use([key] { return key; }, co_await load(1)); // bad: lambda
    if (ready) co_return co_await load([key] { return key; }); // bad: lambda
    auto held = [x = co_await load(1)] { return x; }; // bad: lambda
}

asio::awaitable<void> braces(std::string key)
{
    co_await run(options{.name = key}); // bad: braces
    co_await run({}); // bad: braces
    co_await run({"a", "b"}); // bad: braces
    co_await run(request{1, key}); // bad: braces
    co_await run(std::array<std::string, 2>{key, key}); // bad: braces
    auto both = pair_of{co_await load(1), 2}; // bad: braces
    both b{co_await load(1), 2}; // bad: braces
    co_return both{co_await load(1), 2}; // bad: braces
    co_await
        run(1,
            options{.name = key}); // bad: braces
    for (auto& item : co_await list({1, 2})) // bad: braces
        use(item);
    switch (auto r = co_await list({1}); r.size()) { // bad: braces
    case 1: co_await run({}); // bad: braces
    }
    auto inner = [](std::string k) -> asio::awaitable<void> {
        co_await run({k}); // bad: braces
    };
}

asio::awaitable<std::string> choices(bool c)
{
    auto s = c ? co_await name(1) : co_await name(2); // bad: choice
    co_return c ? std::string() : co_await name(3); // bad: choice
    use(c ? trim(co_await name(1)) : s); // bad: choice
}

asio::awaitable<void> conditions()
{
    if (co_await ready()) co_return; // bad: condition
    if (!co_await ready()) { // bad: condition
        co_return;
    }
    while (co_await more()) { // bad: condition
        step();
    }
    do {
        step();
    } while ((co_await more()).some); // bad: condition
    switch (co_await kind()) { // bad: condition
    case 1: break;
    }
    for (; co_await more();) step(); // bad: condition
    if (const bool here = ready(); here && co_await more()) step(); // bad: condition
    if (done) {
    } else if (co_await more()) { // bad: condition
    }
}

asio::awaitable<void> fetch(std::string key, options o = {}); // bad: default
asio::awaitable<std::vector<int>> fetch(std::string key, options o = options{}); // bad: default

// bad below: excuse
// co_await ok:
