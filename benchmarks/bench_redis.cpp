// SPDX-License-Identifier: BSL-1.0
// Our Redis client, against redis-benchmark and hiredis on the same server in the same minute.
//
// With `--gets URL COUNT` it only does that: so it runs itself under callgrind, twice, and what two
// lengths differ by is what a request costs.
#include "redis/near.hpp"
#include "redis/waiting.hpp"
#include "redis/workload.hpp"
#include "support/servers/redis_server.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

using namespace bench_redis;

namespace {

bool as_json = false;

void print(const char* measure, double value, const char* unit, const char* against = nullptr,
           double base = 0)
{
    const bool compared = against && base > 0;
    if (as_json) {
        std::printf("{\"measure\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"against\": ",
                    measure, value, unit);
        if (compared)
            std::printf("\"%s\", \"ratio\": %.4g}\n", against, value / base);
        else
            std::printf("null, \"ratio\": null}\n");
        return;
    }
    std::printf("%-36s %12.2f %-22s", measure, value, unit);
    if (compared)
        std::printf(" %7.2f x %s", value / base, against);
    std::printf("\n");
}

template <class Measure>
double median(const std::vector<cost>& all, Measure of)
{
    std::vector<double> values;
    for (const auto& each : all)
        values.push_back(of(each));
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
double rps(const cost& one)
{
    return one.rps;
}
double cpu(const cost& one)
{
    return one.cpu_seconds_per_million;
}

/// Runs a program to its end; what it printed, or nothing if it failed or is not there.
std::optional<std::string> output_of(const support::scratch_folder& folder, const char* program,
                                     std::vector<std::string> arguments)
{
    if (support::find_program(program).empty())
        return std::nullopt;
    const auto file = folder / "output";
    std::filesystem::remove(file);
    support::child_process tool(program, program, std::move(arguments), file);
    if (tool.wait(300) != 0)
        return std::nullopt;
    return support::tail_of(file, 1 << 20);
}

/// `"GET","123456.78",…`
cost run_redis_benchmark(const support::scratch_folder& folder, unsigned short port,
                         std::size_t requests)
{
    cost seen;
    const auto text =
        output_of(folder, "redis-benchmark",
                  {"-p", std::to_string(port), "-t", "get", "-c", "1", "-P", "64", "-n",
                   std::to_string(requests), "-r", std::to_string(keys), "--csv"});
    const auto at = text ? text->find("\"GET\",\"") : std::string::npos;
    if (at != std::string::npos)
        seen.rps = std::atof(text->c_str() + at + 7);
    return seen;
}

/// User instructions, as callgrind counts them.
std::optional<double> instructions(const support::scratch_folder& folder, const char* self,
                                   const std::string& url, std::size_t requests)
{
    const auto text = output_of(folder, "valgrind",
                                {"--tool=callgrind", "--callgrind-out-file=/dev/null",
                                 std::string(self), "--gets", url, std::to_string(requests)});
    const auto at = text ? text->find("Collected : ") : std::string::npos;
    if (at == std::string::npos)
        return std::nullopt;
    return std::atof(text->c_str() + at + 12);
}

void compare(const support::redis_server& on, const support::scratch_folder& folder)
{
    constexpr std::size_t requests = 200'000;
    std::vector<cost> ours, tool, hiredis;
    for (int round = 0; round < 7; ++round) {
        ours.push_back(run_here(on.url(), kind::get, requests, 64));
        tool.push_back(run_redis_benchmark(folder, on.port(), requests));
        hiredis.push_back(run_hiredis(on.port(), requests, 64));
    }
    print("redis.get64.rps", median(ours, rps), "requests a second", "redis-benchmark -c 1 -P 64",
          median(tool, rps));
    print("redis.get64.rps.hiredis", median(ours, rps), "requests a second", "hiredis + libevent",
          median(hiredis, rps));
    print("redis.get64.cpu", median(ours, cpu), "s for a million", "hiredis + libevent",
          median(hiredis, cpu));
    print("redis.get64.allocations", ours.back().allocations, "for a request");
}

void others(const support::redis_server& on)
{
    const auto report = [&](const char* measure, kind what, std::size_t requests) {
        print(measure, run_here(on.url(), what, requests, 64).rps, "requests a second");
    };
    report("redis.get64.new_string.rps", kind::get_new_string, 200'000);
    report("redis.set64.rps", kind::set, 200'000);
    report("redis.get10k.rps", kind::get_large, 50'000);
    report("redis.mget100.rps", kind::mget, 10'000);
    print("redis.get64.cross_thread.rps", run_across_threads(on.url(), 100'000, 64).rps,
          "requests a second");
    print("redis.get1.latency", median_latency(on.url(), 20'000), "us, median");
    print("redis.wake.latency", median_wake(on.url(), 1'000), "us from fill to waiter, median");
    const auto cancelled = cancel_queued(40'000);
    print("redis.cancel40k.ms", cancelled.stalled, "ms of a stalled loop");
    print("redis.cancel40k.ended.ms", cancelled.ended, "ms until all have ended");
}

void near_tier(const support::redis_server& on)
{
    const near_cost hit = near_hits(on, 2'000'000);
    print("redis.near_hit.ns", hit.nanoseconds, "ns a hit");
    print("redis.near_hit.allocations", hit.allocations, "for a hit");
    print("redis.near_hit.share", hit.share, "of the calls are hits");
    const double plain = server_cpu_of_reads(on, false, 100'000);
    print("redis.near_miss.server_cpu", server_cpu_of_reads(on, true, 100'000), "s for a million",
          "a read that nobody watches", plain);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 4 && std::strcmp(argv[1], "--gets") == 0) {
        run_here(argv[2], kind::get, std::strtoull(argv[3], nullptr, 10), 64);
        return 0;
    }
    as_json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
    if (!support::redis_installed()) {
        std::fprintf(stderr, "bench_redis: not run: no redis-server, redis-cli or openssl\n");
        return 0;
    }
    support::redis_server on;
    const support::scratch_folder folder;
    compare(on, folder);
    others(on);
    near_tier(on);
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto few = instructions(folder, self.c_str(), on.url(), 20'000);
    const auto many = instructions(folder, self.c_str(), on.url(), 60'000);
    if (few && many)
        print("redis.get64.instructions", (*many - *few) / 44'000, "of the user, a request");
}
