#!lua flags=allow-key-locking
-- A process prolongs its lease, and learns whose is over and what has happened.
-- KEYS  1 nodes (sorted set: node, end of its lease), 2 events (stream)
-- ARGV  1 node, or '' of a process that holds none, 2 lease in ms, 3 id of the last event known, or '' where nobody watches, 4 most events
-- Returns { Redis's time in ms, 1 where the node stands, nodes whose lease is over, events from the last known on, itself included }
-- Twice: harmless. A late one cannot bring back a node that was buried.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stands = 0
if ARGV[1] ~= '' then
  stands = redis.call('ZADD', KEYS[1], 'XX', 'CH', now + ARGV[2], ARGV[1])
  -- Twice within one millisecond changes nothing.
  if stands == 0 and redis.call('ZSCORE', KEYS[1], ARGV[1]) then stands = 1 end
end
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now))
local events = {}
if ARGV[3] ~= '' then events = redis.call('XRANGE', KEYS[2], ARGV[3], '+', 'COUNT', ARGV[4]) end
return { string.format('%.0f', now), stands, dead, events }
