// SPDX-License-Identifier: BSL-1.0
#include "demo/demo.hpp"
#include "serve.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdio>

namespace {

int run(int argc, char** argv)
{
    CLI::App app("An HTTP server over the ISO codes of languages, countries and subdivisions.");
    app.require_subcommand(1);

    auto* demo =
        app.add_subcommand("demo", "drive a server in this process and check what it claims");

    catalog::serve_arguments how;
    auto* serve = app.add_subcommand("serve", "serve until interrupted");
    serve->add_option("--address", how.address, "the address to listen on")->capture_default_str();
    serve->add_option("--port", how.port, "the port to listen on; 0: a free one")
        ->capture_default_str();
    serve->add_option("--threads", how.threads, "threads that serve")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    serve->add_option("--data", how.data,
                      "the SQLite file, made and filled if it is not there; default: a temporary "
                      "one");
    serve
        ->add_option("--cache", how.cache,
                     "where cached values are kept: memory, or the URL of a Redis server that all "
                     "processes with the same --data may share")
        ->envname("CATALOG_CACHE") // a password is not for the list of processes
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return demo->parsed() ? catalog::run_demo() : catalog::serve(how);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "catalog: %s\n", failure.what());
        return 1;
    }
}
