// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The Lua that the Redis storage runs inside the server.
///
/// Times are milliseconds by the server's clock, inside a number's 53 bits; 9e15 is never.
/// Sequences have 63 bits, so they stay text here and are compared by the client. A floor is a
/// number of 20 digits, so that texts compare as numbers do.
///
/// Fields of an entry's hash:
///   content  e envelope, or n counter; q sequence it was captured at, b stored at, f fresh until,
///            x over at, g grace, t lifetime (-1 never), i which store wrote it, T its tags,
///            K the whole key where the name is shortened
///   lease    l token, u until, k sequence that was known when it was given, w channels of those
///            who wait for its end
///   floor    F version, G remembered until
///   holds    H<owner> until, h the last of them
/// Of a space's hash: # sequence, m the sequence it was minted with, c of the last clear of the
/// whole, g<group> of a group, t<tag> "hard soft soft-time" of a tag.
namespace coffer::detail::scripts {

inline constexpr char entry_words[] = R"lua(
local K = KEYS[1]
local NEVER = 9000000000000000
local MOST_WAITING = 4096 -- bytes
local TIME = redis.call('TIME')
local now = TIME[1] * 1000 + math.floor(TIME[2] / 1000)
local function int(v) return string.format('%.0f', v) end
local function num(v) return v and tonumber(v) end
-- What is no hash is not ours, and goes.
local function fields(...)
  local v = redis.pcall('HMGET', K, ...)
  if v.err then redis.call('UNLINK', K); v = {} end
  return v
end
-- True if content is there and not over; fields q f x g.
local function alive(q, f, x, g)
  return q and num(f) and num(g) and num(x) and num(x) > now
end
local function drop()
  redis.call('HDEL', K, 'e', 'n', 'q', 'b', 'f', 'x', 'g', 't', 'i', 'T', 'K')
end
-- Whoever waits is told; that is of no matter to us. `w` as it is in the hash.
local function end_lease(w)
  redis.call('HDEL', K, 'l', 'u', 'k', 'w')
  if w then for channel in w:gmatch('%S+') do redis.pcall('PUBLISH', channel, K) end end
end
local function held(h) return (num(h) or 0) > now end
local function age(f, x, g, at)
  if f > at then
    f = at
    x = math.min(x, at + g)
    redis.call('HSET', K, 'f', int(f), 'x', int(x))
  end
  return f, x
end
-- The hash lives as long as the last thing in it that matters.
local function finish()
  local v = redis.call('HMGET', K, 'x', 'u', 'h', 'G')
  local last = 0
  for i = 1, 4 do last = math.max(last, num(v[i]) or 0) end
  if last <= now then redis.call('UNLINK', K)
  elseif last >= NEVER then redis.call('PERSIST', K)
  else redis.call('PEXPIREAT', K, int(last)) end
end
local function below(floor, version)
  return floor and (version == '' or version < floor)
end
local function raise(floor, version, keep)
  if not floor or floor < version then redis.call('HSET', K, 'F', version) end
  redis.call('HSET', K, 'G', int(now + keep))
end
local function limits(lifetime, grace)
  local f = NEVER
  if lifetime >= 0 then f = math.min(now + lifetime, NEVER) end
  return f, math.min(f + grace, NEVER)
end
-- Zero stores nothing, and takes away what was there. Nothing may be written before: a server
-- without memory refuses only what a script begins with.
local function store(id, lifetime, grace, q, e, tags, whole)
  if lifetime == 0 then return drop() end
  local f, x = limits(lifetime, grace)
  redis.call('HSET', K, 'e', e, 'q', q, 'b', int(now), 'f', int(f), 'x', int(x),
             'g', int(grace), 't', int(lifetime), 'i', id)
  redis.call('HDEL', K, 'n', 'T', 'K')
  if tags ~= '' then redis.call('HSET', K, 'T', tags) end
  if whole ~= '' then redis.call('HSET', K, 'K', whole) end
end
)lua";

// -> now, 'none'; or now, 'there', q, b, f, x, g, t, n, e; or now, 'unreadable'
inline constexpr char get[] = R"lua(
local v = redis.pcall('HMGET', K, 'q', 'b', 'f', 'x', 'g', 't', 'n')
if v.err then return {int(now), 'unreadable'} end
if not v[1] or (num(v[4]) or NEVER) <= now then return {int(now), 'none'} end
return {int(now), 'there', v[1], v[2], v[3], v[4], v[5], v[6], v[7], redis.call('HGET', K, 'e')}
)lua";

// For walks: -> now, 'none'; or now, 'there', q, T, K
inline constexpr char look[] = R"lua(
local v = redis.pcall('HMGET', K, 'q', 'x', 'T', 'K')
if v.err or not v[1] or (num(v[2]) or 0) <= now then return {int(now), 'none'} end
return {int(now), 'there', v[1], v[3], v[4]}
)lua";

// token, lease for, known sequence, accepted age or '', and what the client has found out since an
// earlier attempt, each or '': sequence of dead content, of stale content, since when that is
// stale, known sequence of a void lease; channel of who would wait or ''
// -> now, 'bypass'; or now, 'hit'|'busy'|'leased', k, left of the busy lease, and as `get` from q
inline constexpr char acquire[] = R"lua(
local v = fields('q', 'b', 'f', 'x', 'g', 't', 'n', 'l', 'u', 'k', 'h', 'w')
if held(v[11]) then return {int(now), 'bypass'} end
local there = alive(v[1], v[3], v[4], v[5])
if v[1] and (not there or v[1] == ARGV[5]) then drop(); there = false end
local f, x = num(v[3]), num(v[4])
if there and v[1] == ARGV[6] then
  f, x = age(f, x, num(v[5]), tonumber(ARGV[7]))
  if x <= now then drop(); there = false end
end
local function answer(state, k, left)
  if not there then return {int(now), state, k, left} end
  return {int(now), state, k, left, v[1], v[2], int(f), int(x), v[5], v[6], v[7],
          redis.call('HGET', K, 'e')}
end
local age_now = now - (num(v[2]) or 0)
if there and f > now and (ARGV[4] == '' or age_now < tonumber(ARGV[4])) then
  return answer('hit', '', 0)
end
local left = (num(v[9]) or 0) - now
if v[8] and v[8] ~= ARGV[1] and left > 0 and v[10] ~= ARGV[8] then
  local w = v[12] or ''
  if ARGV[9] ~= '' and #w < MOST_WAITING and not w:find(ARGV[9], 1, true) then
    redis.pcall('HSET', K, 'w', w .. ARGV[9] .. ' ') -- without memory they are not told
  end
  return answer('busy', v[10], int(left))
end
redis.call('HSET', K, 'l', ARGV[1], 'u', int(math.min(now + ARGV[2], NEVER)), 'k', ARGV[3])
finish()
return answer('leased', '', 0)
)lua";

// token, lease for -> now, 'done'|'none'
inline constexpr char renew[] = R"lua(
local v = fields('l', 'u')
if v[1] ~= ARGV[1] or (num(v[2]) or 0) <= now then return {int(now), 'none'} end
redis.call('HSET', K, 'u', int(math.min(now + ARGV[2], NEVER)))
finish()
return {int(now), 'done'}
)lua";

// token, version or '', lifetime, grace, sequence, envelope, tags or '', whole key or '', id
// -> now, 'stored'|'lease_lost'|'below_floor'|'held'
inline constexpr char fill[] = R"lua(
local v = fields('l', 'u', 'h', 'F', 'i', 'x', 'w')
local mine = v[1] == ARGV[1] and (num(v[2]) or 0) > now
-- The same fill once more, after a lost connection.
if not mine and v[5] == ARGV[9] and (num(v[6]) or 0) > now then return {int(now), 'stored'} end
local state = 'stored'
if held(v[3]) then state = 'held'
elseif not mine then return {int(now), 'lease_lost'}
elseif below(v[4], ARGV[2]) then state = 'below_floor'
else
  store(ARGV[9], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7], ARGV[8])
end
if mine then end_lease(v[7]) end
finish()
return {int(now), state}
)lua";

// token
inline constexpr char abandon[] = R"lua(
local v = fields('l', 'w')
if v[1] == ARGV[1] then end_lease(v[2]); finish() end
return {int(now), 'done'}
)lua";

// id, version or '', lifetime, grace, sequence, envelope, tags or '', whole key or '',
// how long a floor is remembered, 'absent' or '', sequence of dead content or ''
// -> as `fill`; or now, 'there', q, T: something fresh is there
inline constexpr char put[] = R"lua(
local v = fields('q', 'f', 'x', 'g', 'T', 'h', 'F', 'w')
if ARGV[10] == 'absent' and v[1] ~= ARGV[11] and alive(v[1], v[2], v[3], v[4])
   and num(v[2]) > now then
  return {int(now), 'there', v[1], v[5]}
end
local state = 'stored'
if held(v[6]) then state = 'held'
elseif ARGV[2] ~= '' and below(v[7], ARGV[2]) then state = 'below_floor'
else
  store(ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7], ARGV[8])
  if ARGV[2] ~= '' then raise(v[7], ARGV[2], tonumber(ARGV[9])) end
end
end_lease(v[8])
finish()
return {int(now), state}
)lua";

// 'hard'|'soft', floor or '', how long it is remembered
inline constexpr char invalidate[] = R"lua(
local v = fields('q', 'f', 'x', 'g', 'F', 'w')
-- First what a server without memory allows: it allows the rest of the script then.
end_lease(v[6])
if ARGV[1] == 'soft' and alive(v[1], v[2], v[3], v[4]) then
  age(num(v[2]), num(v[3]), num(v[4]), now)
else
  drop()
end
if ARGV[2] ~= '' then raise(v[5], ARGV[2], tonumber(ARGV[3])) end
finish()
return {int(now), 'done'}
)lua";

// lifetime -> now, 'none'; or now, 'done', q, T
inline constexpr char touch[] = R"lua(
local v = fields('q', 'f', 'x', 'g', 'T')
if not alive(v[1], v[2], v[3], v[4]) or num(v[2]) <= now then return {int(now), 'none'} end
local lifetime = tonumber(ARGV[1])
if lifetime == 0 then
  drop()
else
  local f, x = limits(lifetime, num(v[4]))
  redis.call('HSET', K, 'f', int(f), 'x', int(x), 't', int(lifetime))
end
finish()
return {int(now), 'done', v[1], v[5]}
)lua";

// by, initial, floor or '', lifetime, sequence, id, sequence of dead content or '', whole key or ''
// -> now, 'counted', result, q or '' if it is new; or now, 'range'; or now, 'there', q, T: another
// value is
inline constexpr char increment[] = R"lua(
local function less(a, b)
  local below_zero = a:sub(1, 1) == '-'
  if below_zero ~= (b:sub(1, 1) == '-') then return below_zero end
  if below_zero then a, b = b, a end
  if #a ~= #b then return #a < #b end
  return a < b
end
local v = fields('q', 'f', 'x', 'g', 'n', 'T', 'w')
local there = alive(v[1], v[2], v[3], v[4]) and v[1] ~= ARGV[7]
if there and not v[5] then
  if num(v[2]) > now then return {int(now), 'there', v[1], v[6]} end
  there = false
end
if not there then
  drop()
  redis.call('HSET', K, 'n', ARGV[2])
end
if type(redis.pcall('HINCRBY', K, 'n', ARGV[1])) ~= 'number' then -- out of range
  if ARGV[1]:sub(1, 1) ~= '-' or ARGV[3] == '' then
    if not there then drop(); finish() end
    return {int(now), 'range'}
  end
  redis.call('HSET', K, 'n', ARGV[3])
end
local value = redis.call('HGET', K, 'n')
if ARGV[3] ~= '' and less(value, ARGV[3]) then
  value = ARGV[3]
  redis.call('HSET', K, 'n', value)
end
if there then return {int(now), 'counted', value, v[1]} end
end_lease(v[7])
local lifetime = tonumber(ARGV[4])
if lifetime == 0 then
  drop()
else
  local f, x = limits(lifetime, 0)
  redis.call('HSET', K, 'q', ARGV[5], 'b', int(now), 'f', int(f), 'x', int(x), 'g', '0',
             't', int(lifetime), 'i', ARGV[6])
  if ARGV[8] ~= '' then redis.call('HSET', K, 'K', ARGV[8]) end
end
finish()
return {int(now), 'counted', value, ''}
)lua";

// owner, hold for, how many may hold -> now, 'done'|'full'
inline constexpr char hold[] = R"lua(
local w = fields('w')[1]
local mine = 'H' .. ARGV[1]
local last, count = now + ARGV[2], 0
for _, name in ipairs(redis.call('HKEYS', K)) do
  if name:sub(1, 1) == 'H' and name ~= mine then
    local till = num(redis.call('HGET', K, name)) or 0
    if till <= now then
      redis.call('HDEL', K, name)
    else
      count = count + 1
      last = math.max(last, till)
    end
  end
end
if count >= tonumber(ARGV[3]) then return {int(now), 'full'} end
end_lease(w)
drop()
redis.call('HSET', K, mine, int(math.min(now + ARGV[2], NEVER)), 'h', int(math.min(last, NEVER)))
finish()
return {int(now), 'done'}
)lua";

// owner
inline constexpr char release[] = R"lua(
if not fields('h')[1] then return {int(now), 'done'} end
redis.call('HDEL', K, 'H' .. ARGV[1])
local last = 0
for _, name in ipairs(redis.call('HKEYS', K)) do
  if name:sub(1, 1) == 'H' then
    last = math.max(last, num(redis.call('HGET', K, name)) or 0)
  end
end
if last > now then redis.call('HSET', K, 'h', int(last)) else redis.call('HDEL', K, 'h') end
finish()
return {int(now), 'done'}
)lua";

// id, sequence or '': what this id stored was captured at another sequence; '': it goes
inline constexpr char amend[] = R"lua(
if fields('i')[1] ~= ARGV[1] then return {int(now), 'none'} end
if ARGV[2] == '' then drop(); finish() else redis.call('HSET', K, 'q', ARGV[2]) end
return {int(now), 'done'}
)lua";

inline constexpr char space_words[] = R"lua(
local K = KEYS[1]
local TIME = redis.call('TIME')
-- Larger than every number before it: no space is bumped a thousand times in a microsecond. The
-- random digits part those that two servers, or a clock set back, would make alike.
local function number_of_now(digits)
  return string.format('%.0f%03d', TIME[1] * 1000000 + TIME[2], digits)
end
local function minted(digits)
  local n = number_of_now(digits)
  redis.call('UNLINK', K)
  redis.call('HSET', K, '#', n, 'm', n)
  return n
end
local function current(digits)
  local v = redis.pcall('HMGET', K, '#', 'm')
  if v.err or not v[1] or not v[2] or not v[1]:match('^%d+$') then return minted(digits) end
  return v[1]
end
)lua";

// three random digits -> sequence
inline constexpr char mint[] = R"lua(
return {current(tonumber(ARGV[1]))}
)lua";

// three random digits, field, 'hard'|'soft'|'clear', how many fields there may be -> sequence
inline constexpr char bump[] = R"lua(
local digits, field = tonumber(ARGV[1]), ARGV[2]
-- A server without memory allows this, and then the rest of the script.
redis.pcall('HDEL', K, '')
local before = current(digits)
local n = number_of_now(digits)
-- Not just one more than before: a replica that takes over may not have heard of the last bumps,
-- and what captured one of their numbers must not count as later than this one.
if #n > #before or (#n == #before and n > before) then
  redis.call('HSET', K, '#', n)
elseif type(redis.pcall('HINCRBY', K, '#', 1)) ~= 'number' then
  minted(digits)
  redis.call('HINCRBY', K, '#', 1)
end
n = redis.call('HGET', K, '#')
if redis.call('HLEN', K) >= tonumber(ARGV[4]) and redis.call('HEXISTS', K, field) == 0 then
  -- Forgetting all markers counts as a clear of the space.
  redis.call('UNLINK', K)
  redis.call('HSET', K, '#', n, 'm', n)
end
if ARGV[3] == 'clear' then
  redis.call('HSET', K, field, n)
  return {n}
end
local old = redis.call('HGET', K, field) or ''
local hard, soft, at = old:match('^(%d+) (%d+) (%d+)$')
if ARGV[3] == 'hard' then
  hard = n
else
  soft = n
  at = string.format('%.0f', TIME[1] * 1000 + math.floor(TIME[2] / 1000))
end
redis.call('HSET', K, field, (hard or 0) .. ' ' .. (soft or 0) .. ' ' .. (at or 0))
return {n}
)lua";

} // namespace coffer::detail::scripts
