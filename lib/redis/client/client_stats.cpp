// SPDX-License-Identifier: BSL-1.0
#include <coffer/redis/client_stats.hpp>

#include "redis/client/node.hpp"

namespace coffer::redis {

client_stats& client_stats::operator+=(const client_stats& other) noexcept
{
    submitted += other.submitted;
    answered += other.answered;
    refused += other.refused;
    cancelled += other.cancelled;
    timed_out += other.timed_out;
    lost += other.lost;
    sent_again += other.sent_again;
    replies += other.replies;
    pushes += other.pushes;
    writes += other.writes;
    reads += other.reads;
    bytes_written += other.bytes_written;
    bytes_read += other.bytes_read;
    pings += other.pings;
    latency += other.latency;
    redirected += other.redirected;
    connected += other.connected;
    connect_failed += other.connect_failed;
    connections_lost += other.connections_lost;
    connections += other.connections;
    in_flight += other.in_flight;
    queued += other.queued;
    queued_bytes += other.queued_bytes;
    return *this;
}

client_stats detail::stats_of(const link& one)
{
    const wire_stats& wire = one.wire();
    client_stats all;
    all.submitted = wire.submitted;
    all.answered = wire.answered;
    all.refused = wire.refused;
    all.cancelled = wire.cancelled;
    all.timed_out = wire.timed_out;
    all.lost = wire.lost;
    all.sent_again = wire.sent_again;
    all.replies = wire.replies;
    all.pushes = wire.pushes;
    all.writes = wire.writes;
    all.reads = wire.reads;
    all.bytes_written = wire.bytes_written;
    all.bytes_read = wire.bytes_read;
    all.pings = wire.pings;
    all.latency = wire.latency;
    all.connected = one.stats().connected;
    all.connect_failed = one.stats().connect_failed;
    all.connections_lost = one.stats().lost;
    all.connections = one.up();
    all.in_flight = one.in_flight();
    all.queued = one.queued();
    all.queued_bytes = one.queued_bytes();
    return all;
}

} // namespace coffer::redis
