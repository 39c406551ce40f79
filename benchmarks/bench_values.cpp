// SPDX-License-Identifier: BSL-1.0
// Values and envelopes as bytes, against copying them and against JSON text.
#include "support/measure.hpp"

#include <coffer/core/envelope.hpp>
#include <coffer/core/keyring.hpp>
#include <coffer/json.hpp>

#include <cstring>
#include <string>

struct bench_record {
    std::int64_t id = 42;
    std::string name = "a product with a name";
    std::string description = std::string(200, 'd');
    double price = 12.5;
    bool available = true;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(bench_record, id, name, description, price, available)

namespace {

const coffer::storage_key key("coffer:value::", "product@1", "i42");
const coffer::clock clock_of_machine;

coffer::entry entry_of(std::size_t size)
{
    coffer::entry made(std::string(size, 'x'));
    made.lifetime = std::chrono::minutes(5);
    return made;
}

void copy(benchmark::State& state)
{
    const auto from = entry_of(1024);
    for (auto _ : state) {
        std::string to = from.payload;
        benchmark::DoNotOptimize(to.data());
    }
}

void encode_with(benchmark::State& state, const coffer::envelope_options& options)
{
    const coffer::envelope form(options);
    const auto from = entry_of(1024);
    const auto now = clock_of_machine.wall();
    for (auto _ : state)
        benchmark::DoNotOptimize(form.encode(key, from, now));
}

void decode_with(benchmark::State& state, const coffer::envelope_options& options)
{
    const coffer::envelope form(options);
    const auto now = clock_of_machine.wall();
    const std::string bytes = form.encode(key, entry_of(1024), now);
    for (auto _ : state)
        benchmark::DoNotOptimize(form.decode(bytes, key, now).has_value());
}

coffer::envelope_options sealed()
{
    coffer::keyring keys;
    keys.add(1, std::string(coffer::keyring::key_size, 'k'));
    coffer::envelope_options options;
    options.seal(keys);
    return options;
}

void encode(benchmark::State& state)
{
    encode_with(state, {});
}
void decode(benchmark::State& state)
{
    decode_with(state, {});
}
void encode_sealed(benchmark::State& state)
{
    encode_with(state, sealed());
}
void decode_sealed(benchmark::State& state)
{
    decode_with(state, sealed());
}

void json_text(benchmark::State& state)
{
    const bench_record record;
    for (auto _ : state)
        benchmark::DoNotOptimize(nlohmann::json(record).dump());
}
void cbor_encode(benchmark::State& state)
{
    const bench_record record;
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::encode_value(record));
}
void json_parse(benchmark::State& state)
{
    const std::string bytes = nlohmann::json(bench_record()).dump();
    for (auto _ : state)
        benchmark::DoNotOptimize(nlohmann::json::parse(bytes).get<bench_record>().id);
}
void cbor_decode(benchmark::State& state)
{
    const std::string bytes = coffer::encode_value(bench_record());
    for (auto _ : state)
        benchmark::DoNotOptimize(coffer::decode_value<bench_record>(bytes).id);
}

BENCHMARK(copy)->Name("floor.copy_1k.ns");
BENCHMARK(encode)->Name("envelope.encode_1k.ns");
BENCHMARK(decode)->Name("envelope.decode_1k.ns");
BENCHMARK(encode_sealed)->Name("envelope.encode_sealed_1k.ns");
BENCHMARK(decode_sealed)->Name("envelope.decode_sealed_1k.ns");
BENCHMARK(json_text)->Name("floor.json_dump.ns");
BENCHMARK(cbor_encode)->Name("codec.cbor_encode.ns");
BENCHMARK(json_parse)->Name("floor.json_parse.ns");
BENCHMARK(cbor_decode)->Name("codec.cbor_decode.ns");

const bench::row table[] = {
    {"floor.copy_1k.ns", "ns", ""},
    {"envelope.encode_1k.ns", "ns", "floor.copy_1k.ns"},
    {"envelope.decode_1k.ns", "ns", "floor.copy_1k.ns"},
    {"envelope.encode_sealed_1k.ns", "ns", "floor.copy_1k.ns"},
    {"envelope.decode_sealed_1k.ns", "ns", "floor.copy_1k.ns"},
    {"floor.json_dump.ns", "ns", ""},
    {"codec.cbor_encode.ns", "ns", "floor.json_dump.ns"},
    {"floor.json_parse.ns", "ns", ""},
    {"codec.cbor_decode.ns", "ns", "floor.json_parse.ns"},
};

} // namespace
