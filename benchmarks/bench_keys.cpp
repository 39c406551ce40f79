// SPDX-License-Identifier: BSL-1.0
// Arguments as keys: hashed for the near tier, encoded for a storage.
#include "support/measure.hpp"

#include <coffer/core/key_encoder.hpp>
#include <coffer/core/key_hash.hpp>
#include <coffer/core/key_path.hpp>

#include <functional>
#include <string>
#include <tuple>

namespace {

const std::string text = "a key of some length: 40 bytes in all...";

void std_hash_number(benchmark::State& state)
{
    std::int64_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(std::hash<std::int64_t>()(i++));
}
void hash_number(benchmark::State& state)
{
    std::int64_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::key_hash()(std::tuple<std::int64_t>(i++)));
}
void std_hash_text(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(std::hash<std::string>()(text));
}
void hash_text(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::key_hash()(std::tie(text)));
}
void encode_number(benchmark::State& state)
{
    std::int64_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::encode_key(i++));
}
void encode_mixed(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::encode_key(std::int64_t(42), text, true));
}
void whole_key(benchmark::State& state)
{
    coffer::key_path path("product");
    path.tenant("acme").namespace_("web");
    for (auto _ : state)
        benchmark::DoNotOptimize(path.args(std::int64_t(42)).text());
}
void printed_key(benchmark::State& state)
{
    const std::string prefix = "coffer:value:acme:web:product@1:";
    for (auto _ : state)
        benchmark::DoNotOptimize(prefix + std::to_string(42));
}

BENCHMARK(std_hash_number)->Name("floor.std_hash_number.ns");
BENCHMARK(hash_number)->Name("keys.hash_number.ns");
BENCHMARK(std_hash_text)->Name("floor.std_hash_text.ns");
BENCHMARK(hash_text)->Name("keys.hash_text.ns");
BENCHMARK(encode_number)->Name("keys.encode_number.ns");
BENCHMARK(encode_mixed)->Name("keys.encode_mixed.ns");
BENCHMARK(printed_key)->Name("floor.printed_key.ns");
BENCHMARK(whole_key)->Name("keys.storage_key.ns");

const bench::row table[] = {
    {"keys.hash_number.ns", "ns", "floor.std_hash_number.ns"},
    {"keys.hash_text.ns", "ns, 40 bytes", "floor.std_hash_text.ns"},
    {"keys.encode_number.ns", "ns", ""},
    {"keys.encode_mixed.ns", "ns, 3 arguments", ""},
    {"floor.printed_key.ns", "ns", ""},
    {"keys.storage_key.ns", "ns", "floor.printed_key.ns"},
};

} // namespace
