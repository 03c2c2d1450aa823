#!lua flags=allow-key-locking
-- Takes what a dead node said out of one room.
-- KEYS  1 the rooms of the grave (sorted set), 2 events (stream), 3 last seen (sorted set), 4 the room (hash)
-- ARGV  1 the id under which the dead one wrote, 2 channel, 3 most events kept, 4 most users kept as last seen, 5 the room's name, 6 '1'
--       where leaving it is leaving altogether, 7 when the dead one's lease ended in ms, or '' for now
-- Returns { 1 }, or { 0 } where it was done before.
-- Twice: harmless.
if not redis.call('ZSCORE', KEYS[1], ':' .. ARGV[5]) then return { 0 } end
local mark = ARGV[1] .. ' '
local fields = redis.pcall('HGETALL', KEYS[4])
-- A key of somebody else, with nothing of the dead one in it.
if fields.err then fields = {} end
local events, set, removed = {}, {}, {}
for index = 1, #fields, 2 do
  local user, before = fields[index], fields[index + 1]
  local lines, held, known = {}, false, nil
  for line in string.gmatch(before, '[^\n]+') do
    if string.sub(line, 1, #mark) == mark then held = true
    elseif string.sub(line, 1, 2) == '= ' then known = line
    else lines[#lines + 1] = line end
  end
  if held and #lines > 0 then
    if known then lines[#lines + 1] = known end
    local after = table.concat(lines, '\n')
    set[#set + 1] = user
    set[#set + 1] = after
    events[#events + 1] = { ARGV[5], user, before, after }
  elseif held then
    removed[#removed + 1] = user
    events[#events + 1] = { ARGV[5], user, before, false }
  end
end

-- `unpack` holds some thousands at most.
local function inChunks (list, call)
  for first = 1, #list, 1000 do call(unpack(list, first, math.min(first + 999, #list))) end
end
inChunks(set, function (...) redis.call('HSET', KEYS[4], ...) end)
inChunks(removed, function (...) redis.call('HDEL', KEYS[4], ...) end)

local now
inChunks(events, function (...)
  local text = cjson.encode({ ... })
  local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'd', text)
  redis.call('PUBLISH', ARGV[2], id .. ' ' .. text)
  now = string.match(id, '^%d+')
end)
if ARGV[6] == '1' and #removed > 0 then
  local seen = {}
  for _, user in ipairs(removed) do
    seen[#seen + 1] = ARGV[7] == '' and now or ARGV[7]
    seen[#seen + 1] = user
  end
  inChunks(seen, function (...) redis.call('ZADD', KEYS[3], 'GT', ...) end)
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[4])
end
redis.call('ZREM', KEYS[1], ':' .. ARGV[5])
return { 1 }
