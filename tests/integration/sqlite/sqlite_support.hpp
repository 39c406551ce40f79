// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/errors.hpp"
#include "support/stepper.hpp"

#include <coffer/db/sqlite.hpp>
#include <coffer/testing/manual_clock.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <unistd.h>

namespace asio = boost::asio;
namespace sqlite = coffer::sqlite;
using namespace std::chrono_literals;
using asio::awaitable;
using coffer::errc;
using support::code_of;

/// A folder of its own, removed at the end; in memory where the machine has such a place, since
/// thousands of syncs to a disk take their time.
class temp_folder {
public:
    temp_folder()
    {
        const std::filesystem::path memory = "/dev/shm";
        const bool writable = ::access(memory.c_str(), W_OK) == 0;
        const auto parent = writable ? memory : std::filesystem::temp_directory_path();
        auto pattern = (parent / "coffer-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;
    ~temp_folder() { std::filesystem::remove_all(path_); }

    std::string file(const char* name = "test.db") const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline const char* const schema =
    "create table product (id integer primary key, price integer not null);"
    "insert into product values (1, 10), (2, 20), (3, 30)";

/// A real file, worked by the test's own thread, step by step, with time that stands still.
class stepped_database {
public:
    explicit stepped_database(sqlite::options how = sqlite::options())
        : db(folder.file(), with(how))
    {
        support::run(io, db.script(schema));
    }

    sqlite::options with(sqlite::options how)
    {
        return how.workers(io.get_executor()).clock(clock);
    }

    template <class T>
    T run(awaitable<T> work)
    {
        return support::run(io, std::move(work));
    }
    void run(awaitable<void> work) { support::run(io, std::move(work)); }

    std::int64_t price(std::int64_t id)
    {
        auto row = run(db.query_one<std::int64_t>("select price from product where id = ?", id));
        return row ? std::get<0>(*row) : -1;
    }

    temp_folder folder;
    asio::io_context io;
    coffer::testing::manual_clock clock;
    sqlite::pool db;
};
