#!lua flags=allow-key-locking
-- A process writes what it knows of users in rooms: a batch, all of it or nothing.
-- A user's field in a room has a line for each node that holds him, `node part`, and at most one for his custom status, `= status`.
-- KEYS  1 nodes, 2 the node's rooms (sorted set), 3 events (stream), 4 last seen (sorted set), then a room (hash) each
-- ARGV  1 node, 2 channel, 3 most events kept, 4 most users kept as last seen, 5 '1' where the node ends with this, 6 the number of this
--       batch, more than that of the one before, then for each room: its name, '1' where the node leaves it, '1' where leaving it is leaving altogether, number of users, and for
--       each user: id, part or '' where the node does not hold him any more, and a custom status: '' to keep it, '-' to remove it, '=…'
--       to set it, '?…' to set it where there is none
-- Returns { 1, the rooms, counted from 0, whose key is no hash and in which nothing was written }, or { 0 } where the node does not stand (any
-- more) and nothing was written at all.
-- Twice: harmless. The second one, whenever it arrives, does nothing.
local node = ARGV[1]
local noted, left, at = { 0, '@', ARGV[6], '#' }, {}, 7
local rooms = {}
for index = 5, #KEYS do
  local count = tonumber(ARGV[at + 3])
  rooms[#rooms + 1] = { key = KEYS[index], name = ARGV[at], final = ARGV[at + 2] == '1', first = at + 4, count = count }
  noted[#noted + 1] = ARGV[6]
  noted[#noted + 1] = ':' .. ARGV[at]
  if ARGV[at + 1] == '1' then left[#left + 1] = ':' .. ARGV[at] end
  at = at + 4 + 3 * count
end

-- The fence, and the note of the rooms that it has to be taken out of, in one command. A node that stands has '@' here, which stays as it
-- is, and '#', the number of its last batch, which changes with each; so all change only where it does not stand, and all but '@' where
-- this batch is the next. Of what is sent twice '#' stays, too.
local changed = redis.call('ZADD', KEYS[2], 'GT', 'CH', unpack(noted))
if changed == #rooms + 2 then
  redis.call('UNLINK', KEYS[2])
  return { 0 }
end
if changed < #rooms + 1 then return { 1 } end

-- The custom status of a user where he is written first goes with him into the rooms that have none: `*` comes first.
local statuses = {}

local function merged (before, user, part, status)
  local lines, known = {}, nil
  for line in string.gmatch(before or '', '[^\n]+') do
    if string.sub(line, 1, 2) == '= ' then known = string.sub(line, 3)
    elseif string.sub(line, 1, #node + 1) ~= node .. ' ' then lines[#lines + 1] = line end
  end
  -- Last, since what changed last is what is shown.
  if part ~= '' then lines[#lines + 1] = node .. ' ' .. part end
  if #lines == 0 then return nil end
  local mode = string.sub(status, 1, 1)
  if mode == '-' then known = nil
  elseif mode == '=' or (mode == '?' and not known) then known = string.sub(status, 2) end
  if mode == '' and not known then known = statuses[user] end
  statuses[user] = known
  if known then lines[#lines + 1] = '= ' .. known end
  return table.concat(lines, '\n')
end

local events, gone, refused = {}, {}, {}
local function write (room, users, fields)
  local set, removed = {}, {}
  for index, user in ipairs(users) do
    local argument = room.first + 3 * (index - 1)
    local before = fields[index]
    local after = merged(before, user, ARGV[argument + 1], ARGV[argument + 2])
    if after and after ~= before then
      set[#set + 1] = user
      set[#set + 1] = after
    elseif before and not after then
      removed[#removed + 1] = user
      if room.final then gone[#gone + 1] = user end
    end
    if (after or false) ~= before then events[#events + 1] = { room.name, user, before, after or false } end
  end
  if #set > 0 then redis.call('HSET', room.key, unpack(set)) end
  if #removed > 0 then redis.call('HDEL', room.key, unpack(removed)) end
end

for position, room in ipairs(rooms) do
  local users = {}
  for index = 1, room.count do users[index] = ARGV[room.first + 3 * (index - 1)] end
  local fields = redis.pcall('HMGET', room.key, unpack(users))
  if fields.err then refused[#refused + 1] = position - 1
  else write(room, users, fields) end
end

if #events > 0 then
  local text = cjson.encode(events)
  local id = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', 'd', text)
  redis.call('PUBLISH', ARGV[2], id .. ' ' .. text)
  if #gone > 0 then
    -- The time of the event is Redis's own, and asking for it would be one command more.
    local seen, now = {}, string.match(id, '^%d+')
    for _, user in ipairs(gone) do
      seen[#seen + 1] = now
      seen[#seen + 1] = user
    end
    redis.call('ZADD', KEYS[4], unpack(seen))
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - ARGV[4])
  end
end

if ARGV[5] == '1' then
  redis.call('ZREM', KEYS[1], node)
  redis.call('UNLINK', KEYS[2])
elseif #left > 0 then
  redis.call('ZREM', KEYS[2], unpack(left))
end
return { 1, unpack(refused) }
