// SPDX-License-Identifier: BSL-1.0
#include <coffer/storage/null_storage.hpp>

#include <boost/system/system_error.hpp>

#include <atomic>

namespace coffer {
namespace {

class nothing final : public storage {
public:
    capabilities able() const noexcept override
    {
        using enum capability;
        return {grace, tags, clear, floors, hold, scan, touch};
    }
    storage_limits limits() const noexcept override { return {}; }
    std::string describe() const override { return "null storage"; }

    asio::awaitable<std::optional<stored_entry>> get(storage_key) override
    {
        check_open();
        co_return std::nullopt;
    }
    asio::awaitable<fill_state> put(storage_key, entry) override
    {
        check_open();
        co_return fill_state::stored;
    }
    asio::awaitable<void> invalidate(storage_key, invalidation,
                                     std::optional<std::uint64_t>) override
    {
        return done();
    }
    asio::awaitable<bool> touch(storage_key, ttl) override
    {
        check_open();
        co_return false;
    }
    asio::awaitable<void> bump(std::string, std::string, invalidation) override { return done(); }
    asio::awaitable<void> clear(std::string, std::string) override { return done(); }
    asio::awaitable<void> hold(storage_key, std::string, std::chrono::milliseconds) override
    {
        return done();
    }
    asio::awaitable<void> release(storage_key, std::string) override { return done(); }
    asio::awaitable<page> scan(std::string, std::string, std::size_t) override
    {
        check_open();
        co_return page();
    }
    asio::awaitable<void> close() override
    {
        closed_ = true;
        co_return;
    }

private:
    asio::awaitable<void> done()
    {
        check_open();
        co_return;
    }
    void check_open() const
    {
        if (closed_)
            throw boost::system::system_error(errc::closed, describe());
    }

    std::atomic<bool> closed_ = false;
};

} // namespace

storage_ptr null_storage()
{
    return std::make_shared<nothing>();
}

} // namespace coffer
