#!lua flags=allow-key-locking
-- A node whose lease is over becomes a grave: from now on all that it still sends answers that it does not stand.
-- KEYS  1 nodes, 2 the rooms of the dead one (sorted set), 3 the rooms of its grave (sorted set)
-- ARGV  1 the dead one, 2 its grave, 3 lease in ms for whoever empties it, 4 '1' where the lease need not be over: of one's own
-- Returns when its lease ended in ms, or '' for one's own, then '@', '#' and the rooms to empty, each after a ':'; nothing where another
-- process was first, or the node is alive. One's own is found by its rooms alone, too, where somebody removed KEYS 1, and in its grave,
-- where that was dug before and the answer was lost.
-- Twice: harmless. The grave is a node itself, and where it is not emptied in time, it is buried in turn.
local isOwn = ARGV[4] == '1'
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
local hasRooms = redis.call('EXISTS', KEYS[2]) == 1
if not score and not (isOwn and (hasRooms or redis.call('EXISTS', KEYS[3]) == 1)) then return {} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not isOwn and tonumber(score) >= now then return {} end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
if hasRooms then redis.call('RENAME', KEYS[2], KEYS[3]) end
local found = redis.pcall('ZRANGE', KEYS[3], 0, -1)
-- A key of somebody else, with no rooms in it.
if found.err then found = {} end
table.insert(found, 1, isOwn and '' or string.format('%.0f', score))
return found
