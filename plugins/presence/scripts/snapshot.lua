#!lua flags=allow-key-locking
-- A room, and the event up to which this is its state.
-- KEYS  1 the room (hash), 2 events (stream)
-- Returns { id of the last event, fields and values of the room }
-- Twice: harmless, it only reads.
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return { last[1] and last[1][1] or '0-0', redis.call('HGETALL', KEYS[1]) }
