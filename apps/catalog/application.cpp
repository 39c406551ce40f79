// SPDX-License-Identifier: BSL-1.0
#include "application.hpp"

#include "cache.hpp"
#include "data/import.hpp"
#include "handlers.hpp"

#include <coffer/core/clock.hpp>
#include <coffer/db/sqlite.hpp>

namespace catalog {
namespace {

namespace sqlite = coffer::sqlite;

auto log_failure(log_function log)
{
    return [log = std::move(log)](const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& known) {
            log("after a transaction", known.what());
        }
    };
}

} // namespace

class application::core {
public:
    core(asio::any_io_executor on, application_options options)
        : how(std::move(options)), executor(std::move(on)),
          db(how.data().string(), sqlite::options().on_callback_error(log_failure(how.log()))),
          http(
              executor, [this](request asked) { return routes->handle(std::move(asked)); },
              how.limits(), how.log()),
          started(time.now())
    {}

    /// What needs the database filled.
    void assemble(const std::string& identity)
    {
        auto reading = how.service();
        if (how.cache()) {
            cache = std::make_unique<shared_cache>(executor, *how.cache(), "catalog:" + identity,
                                                   how.log());
            reading.storage(cache->storage());
        }
        reads = std::make_shared<catalog::service>(db, std::move(reading));
        routes = make_router(reads, [this] { return stats(); }, how.log());
    }

    // Called by requests; `close` waits for these.
    asio::awaitable<statistics> stats() const
    {
        statistics all;
        all.work = reads->figures();
        all.connections = http.count();
        all.uptime = std::chrono::duration_cast<std::chrono::seconds>(time.now() - started);
        if (cache)
            all.cache = co_await cache->figures();
        co_return all;
    }

    asio::awaitable<void> close() const
    {
        if (reads)
            co_await reads->close();
        if (cache)
            co_await cache->close();
        co_await db.close();
    }

    const application_options how;
    const asio::any_io_executor executor;
    const coffer::clock time;
    const sqlite::pool db;
    std::unique_ptr<shared_cache> cache; // null: in memory
    std::shared_ptr<catalog::service> reads;
    std::shared_ptr<const router> routes;
    server http; // listens once all of these are there
    const coffer::clock::steady_time started;
    std::uint16_t port = 0;
};

application::application(asio::any_io_executor executor, application_options how)
    : core_(std::make_shared<core>(std::move(executor), std::move(how)))
{}

application::~application() = default;

asio::awaitable<void> application::open()
{
    const auto& how = core_->how;
    const auto& folder = how.iso_codes();
    co_await import_once(core_->db, folder.empty() ? iso_codes_folder : folder);
    const std::string identity = co_await identity_of(core_->db);
    core_->assemble(identity);
    core_->port = core_->http.listen(how.address(), how.port());
}

std::uint16_t application::port() const noexcept
{
    return core_->port;
}

service_figures application::figures() const
{
    return core_->reads->figures();
}

server::counts application::connections() const
{
    return core_->http.count();
}

asio::awaitable<bool> application::close(std::chrono::milliseconds bound)
{
    const bool orderly = co_await core_->http.stop(bound);
    co_await core_->close();
    co_return orderly;
}

} // namespace catalog
