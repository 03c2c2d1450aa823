#!lua flags=allow-key-locking
-- A process begins a lease under a new node id, before it asserts anyone.
-- KEYS  1 nodes (sorted set: node, end of its lease), 2 the node's rooms (sorted set), 3 last seen (sorted set)
-- ARGV  1 node, 2 lease in ms, 3 how long last seen is kept, in ms
-- Returns { Redis's time in ms, nodes whose lease is over }
-- Twice: harmless. A late one leaves a node without members, which ends with its lease.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[2], 'NX', 1, '@', 0, '#')
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. string.format('%.0f', now - ARGV[3]))
return { string.format('%.0f', now), redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now)) }
