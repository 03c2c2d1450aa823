#!lua flags=allow-key-locking
-- Sets or removes the custom status of a user in all his rooms, whichever nodes hold him.
-- KEYS  1 events (stream), then a room (hash) each
-- ARGV  1 channel, 2 most events kept, 3 user, 4 the status or '' for none, then the name of each room
-- Returns { in how many of the rooms he is }
-- Twice: harmless, but it may undo a newer one.
local events = {}
local found = 0
for index = 2, #KEYS do
  -- A table where the key is somebody else's.
  local before = redis.pcall('HGET', KEYS[index], ARGV[3])
  if type(before) == 'string' then
    found = found + 1
    local lines = {}
    for line in string.gmatch(before, '[^\n]+') do
      if string.sub(line, 1, 2) ~= '= ' then lines[#lines + 1] = line end
    end
    if ARGV[4] ~= '' then lines[#lines + 1] = '= ' .. ARGV[4] end
    local after = table.concat(lines, '\n')
    if after ~= before then
      redis.call('HSET', KEYS[index], ARGV[3], after)
      events[#events + 1] = { ARGV[index + 3], ARGV[3], before, after }
    end
  end
end
if #events > 0 then
  local text = cjson.encode(events)
  redis.call('PUBLISH', ARGV[1], redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'd', text) .. ' ' .. text)
end
return { found }
