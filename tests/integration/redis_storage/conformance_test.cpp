// SPDX-License-Identifier: BSL-1.0
#include "fixture.hpp"

#include "support/conformance.hpp"

#include <memory>

using coffer::redis_storage;
using coffer::redis_storage_options;
using coffer::storage_ptr;
using coffer::testing::storage_subject;
using support::client_thread;

namespace {

/// Every check has a storage of its own; all stand on one server.
storage_subject subject_at(client_thread& on, coffer::redis::config where)
{
    const auto options =
        redis_storage_options().prefix(support::new_prefix()).max_value(1 << 20).max_key(20'000);
    auto make = [&on, where, options]() -> storage_ptr {
        return redis_storage(on.executor(), where, options);
    };
    return storage_subject(make);
}

} // namespace

TEST_CASE("conformance: the Redis storage passes every check over TCP")
{
    client_thread on;
    support::conforms(subject_at(on, support::shared_server().url("?deadline=20s")), {});
}

TEST_CASE("conformance: and over a socket file, in RESP2")
{
    client_thread on;
    const std::string socket = support::shared_server().socket().string();
    const coffer::redis::config where("unix://" + socket + "?protocol=2&deadline=20s");
    support::conforms(subject_at(on, where), {});
}

TEST_CASE("conformance: and over TLS, for a user who is no administrator")
{
    const support::redis_tls_server server;
    client_thread on;
    coffer::redis::config where("rediss://localhost:" + std::to_string(server.port()) +
                                "?deadline=20s");
    where.credentials("app", "app-secret").ca_file(server.files().authority().string());
    auto options = redis_storage_options().prefix("app").max_value(1 << 20).max_key(20'000);
    auto make = [&on, where, options]() -> storage_ptr {
        return redis_storage(on.executor(), where, options);
    };
    support::conforms(storage_subject(make), {});
}
