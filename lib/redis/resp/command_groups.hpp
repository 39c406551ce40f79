// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/redis/command_flags.hpp>

#include <string_view>

namespace coffer::redis::detail {

/// Commands that are alike.
struct command_group {
    command_flags flags;
    key_places keys;
    std::string_view names;
};

constexpr command_flags none;
constexpr key_places no_keys;
constexpr key_places after_streams{0, 0, 1, 0, true};

constexpr key_places key_at(std::int8_t place)
{
    return {place, place, 1, 0, false};
}
constexpr key_places keys(std::int8_t first, std::int8_t last, std::int8_t step)
{
    return {first, last, step, 0, false};
}
constexpr key_places counted(std::int8_t at)
{
    return {0, 0, 1, at, false};
}
constexpr key_places key_and_counted(std::int8_t at)
{
    return {1, 1, 1, at, false};
}

/// All commands of a server of version 7.0, with its words on what they read and write, whether
/// they block and where their keys are. Containers of subcommands have those of the subcommands.
///
/// By hand: `idempotent` for what has no effect on data; WAIT blocks; what is `connection_state`,
/// `secret` and `runs_script`. No writing command is `idempotent`: even a SET, if repeated late,
/// undoes what another client has written since.
// clang-format off
constexpr command_group command_groups[] = {
    {none, key_at(1),
     "APPEND BITFIELD DECR DECRBY EXPIRE EXPIREAT GEOADD GEORADIUS GEORADIUSBYMEMBER "
     "GETDEL GETEX GETSET HDEL HINCRBY HINCRBYFLOAT HMSET HSET HSETNX INCR INCRBY "
     "INCRBYFLOAT LINSERT LPOP LPUSH LPUSHX LREM LSET LTRIM MOVE PERSIST PEXPIRE "
     "PEXPIREAT PFADD PSETEX RESTORE RESTORE-ASKING RPOP RPUSH RPUSHX SADD SET "
     "SETBIT SETEX SETNX SETRANGE SORT SPOP SPUBLISH SREM XACK XADD XAUTOCLAIM "
     "XCLAIM XDEL XSETID XTRIM ZADD ZINCRBY ZPOPMAX ZPOPMIN ZREM ZREMRANGEBYLEX "
     "ZREMRANGEBYRANK ZREMRANGEBYSCORE"},
    {read_only, key_at(1),
     "BITCOUNT BITFIELD_RO BITPOS DUMP EXPIRETIME GEODIST GEOHASH GEOPOS "
     "GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GET GETBIT GETRANGE HEXISTS HGET "
     "HGETALL HKEYS HLEN HMGET HRANDFIELD HSCAN HSTRLEN HVALS LINDEX LLEN LPOS "
     "LRANGE PEXPIRETIME PTTL SCARD SISMEMBER SMEMBERS SMISMEMBER SORT_RO "
     "SRANDMEMBER SSCAN STRLEN SUBSTR TTL TYPE XLEN XPENDING XRANGE XREVRANGE ZCARD "
     "ZCOUNT ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK "
     "ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE"},
    {keyless, no_keys,
     "BGREWRITEAOF BGSAVE CLUSTER DEBUG FAILOVER FLUSHALL FLUSHDB FUNCTION LATENCY "
     "MODULE PFSELFTEST PUBLISH REPLICAOF SAVE SCRIPT SHUTDOWN SLAVEOF SLOWLOG "
     "SWAPDB"},
    {keyless | connection_state, no_keys,
     "ASKING CLIENT DISCARD EXEC MONITOR MULTI PSYNC QUIT READONLY READWRITE "
     "REPLCONF RESET SELECT SYNC UNWATCH"},
    {idempotent | keyless, no_keys,
     "COMMAND ECHO INFO LASTSAVE PING PUBSUB ROLE TIME"},
    {multi_key, keys(1, 2, 1),
     "COPY GEOSEARCHSTORE LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE"},
    {read_only | multi_key, keys(1, -1, 1),
     "EXISTS MGET PFCOUNT SDIFF SINTER SUNION TOUCH"},
    {multi_key, keys(1, -1, 1),
     "DEL PFMERGE SDIFFSTORE SINTERSTORE SUNIONSTORE UNLINK"},
    {read_only | keyless, no_keys,
     "DBSIZE KEYS LOLWUT RANDOMKEY SCAN"},
    {read_only | multi_key, counted(1),
     "SINTERCARD ZDIFF ZINTER ZINTERCARD ZUNION"},
    {blocking | multi_key, keys(1, -2, 1),
     "BLPOP BRPOP BZPOPMAX BZPOPMIN"},
    {keyless | connection_state | subscribes, no_keys,
     "PSUBSCRIBE PUNSUBSCRIBE SUBSCRIBE UNSUBSCRIBE"},
    {multi_key | runs_script, counted(2),
     "EVAL EVALSHA FCALL"},
    {read_only | multi_key | runs_script, counted(2),
     "EVALSHA_RO EVAL_RO FCALL_RO"},
    {read_only, key_at(2),
     "MEMORY OBJECT XINFO"},
    {multi_key, key_and_counted(2),
     "ZDIFFSTORE ZINTERSTORE ZUNIONSTORE"},
    {keyless | secret, no_keys,
     "ACL CONFIG"},
    {keyless | connection_state | secret, no_keys,
     "AUTH HELLO"},
    {blocking | multi_key, keys(1, 2, 1),
     "BLMOVE BRPOPLPUSH"},
    {blocking | multi_key, counted(2),
     "BLMPOP BZMPOP"},
    {multi_key, counted(1),
     "LMPOP ZMPOP"},
    {multi_key, keys(1, -1, 2),
     "MSET MSETNX"},
    {none, key_at(2),
     "PFDEBUG XGROUP"},
    {multi_key | connection_state | subscribes, keys(1, -1, 1),
     "SSUBSCRIBE SUNSUBSCRIBE"},
    {multi_key, keys(2, -1, 1),
     "BITOP"},
    {read_only | multi_key, keys(1, 2, 1),
     "LCS"},
    {secret, key_at(3),
     "MIGRATE"},
    {blocking | keyless, no_keys,
     "WAIT"},
    {multi_key | connection_state, keys(1, -1, 1),
     "WATCH"},
    {read_only | blocking | multi_key, after_streams,
     "XREAD"},
    {blocking | multi_key, after_streams,
     "XREADGROUP"},
};
// clang-format on

} // namespace coffer::redis::detail
