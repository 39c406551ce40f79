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

    asio::awaitable<std::optional<stored_entry>> do_get(storage_key) override
    {
        check_open();
        co_return std::nullopt;
    }
    asio::awaitable<fill_state> do_put(storage_key, entry) override
    {
        check_open();
        co_return fill_state::stored;
    }
    asio::awaitable<void> do_invalidate(storage_key, invalidation,
                                        std::optional<std::uint64_t>) override
    {
        return done();
    }
    asio::awaitable<bool> do_touch(storage_key, ttl) override
    {
        check_open();
        co_return false;
    }
    asio::awaitable<void> do_bump(std::string, std::string, invalidation) override
    {
        return done();
    }
    asio::awaitable<void> do_clear(std::string, std::string) override { return done(); }
    asio::awaitable<void> do_hold(storage_key, std::string, std::chrono::milliseconds) override
    {
        return done();
    }
    asio::awaitable<void> do_release(storage_key, std::string) override { return done(); }
    asio::awaitable<page> do_scan(std::string, std::string, std::size_t) override
    {
        check_open();
        co_return page();
    }
    asio::awaitable<void> do_close() override
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
