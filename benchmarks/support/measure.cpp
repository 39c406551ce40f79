// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

namespace bench {
namespace {

struct row_text {
    std::string measure, unit, against, counter;
};

std::vector<row_text>& rows()
{
    static std::vector<row_text> all;
    return all;
}

// The least of all repetitions: noise only ever adds.
class best_of : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override
    {
        for (const auto& run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            const std::string name = run.run_name.function_name +
                                     (run.run_name.args.empty() ? "" : "/" + run.run_name.args);
            keep(name, "", run.GetAdjustedCPUTime());
            for (const auto& [counter, value] : run.counters)
                keep(name, counter, value);
        }
    }

    std::optional<double> find(const std::string& name, const std::string& counter) const
    {
        const auto at = values_.find({name, counter});
        return at == values_.end() ? std::nullopt : std::optional(at->second);
    }

private:
    void keep(const std::string& name, const std::string& counter, double value)
    {
        const auto [at, fresh] = values_.try_emplace({name, counter}, value);
        if (!fresh)
            at->second = std::min(at->second, value);
    }

    std::map<std::pair<std::string, std::string>, double> values_;
};

void print_json(const row_text& one, double value, std::optional<double> ratio)
{
    std::printf("{\"measure\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"against\": ",
                one.measure.c_str(), value, one.unit.c_str());
    if (ratio)
        std::printf("\"%s\", \"ratio\": %.4g}\n", one.against.c_str(), *ratio);
    else
        std::printf("null, \"ratio\": null}\n");
}

void print_text(const row_text& one, double value, std::optional<double> ratio)
{
    std::printf("%-36s %12.1f %-22s", one.measure.c_str(), value, one.unit.c_str());
    if (ratio)
        std::printf(" %7.2f x %s", *ratio, one.against.c_str());
    std::printf("\n");
}

void print(const best_of& found, bool json)
{
    for (const auto& one : rows()) {
        // A row for a counter is named after the benchmark, with the counter at its end.
        const std::string name =
            one.counter.empty() ? one.measure : one.measure.substr(0, one.measure.rfind('.'));
        const auto value = found.find(name, one.counter);
        if (!value)
            continue; // filtered out
        std::optional<double> ratio;
        if (const auto base = found.find(one.against, one.counter); base && *base > 0)
            ratio = *value / *base;
        json ? print_json(one, *value, ratio) : print_text(one, *value, ratio);
    }
}

} // namespace

row::row(std::string measure, std::string unit, std::string against, std::string counter)
{
    rows().push_back({std::move(measure), std::move(unit), std::move(against), std::move(counter)});
}

} // namespace bench

int main(int argc, char** argv)
{
    const bool json = std::any_of(argv + 1, argv + argc,
                                  [](const char* one) { return std::strcmp(one, "--json") == 0; });
    std::vector<char*> words;
    std::copy_if(argv, argv + argc, std::back_inserter(words),
                 [](const char* one) { return std::strcmp(one, "--json") != 0; });
    // One run holds all that is compared, in random order, so that a slow spell hits all of it.
    std::string often = "--benchmark_repetitions=7";
    std::string mixed = "--benchmark_enable_random_interleaving=true";
    std::string brief = "--benchmark_min_time=0.05";
    words.insert(words.begin() + 1, {often.data(), mixed.data(), brief.data()});
    int count = static_cast<int>(words.size());
    benchmark::Initialize(&count, words.data());
    if (benchmark::ReportUnrecognizedArguments(count, words.data()))
        return 1;
    bench::best_of found;
    benchmark::RunSpecifiedBenchmarks(&found);
    bench::print(found, json);
}
