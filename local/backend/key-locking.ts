import { DATABASE_WIDE, KEY_COUNTS, KEY_POSITIONS, READING_STREAMS, STORING } from './key-positions.ts'

/** The text in which others report Upstash's refusal. Without `ERR`, which Redis puts before what a script raises. */
const REFUSAL = "Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set"

/** A script calls few commands: to search a text is cheaper than to build a table of all names at each start. */
const names = (commands: string): string => `' ${commands.trim().split(/\s+/).join(' ')} '`

const positions = KEY_POSITIONS.map(({ first, last, step, commands }) => `{${names(commands)},${first},${last},${step}}`)
const counts = KEY_COUNTS.map(({ at, commands }) => `{${names(commands)},${at}}`)

/**
 * Lua that hides `redis` from the script behind a table whose `call` and `pcall` refuse keys outside KEYS. What is refused
 * never reaches Redis, and nothing else is called: the meter sees the script's own calls alone.
 *
 * Redis tells the line from which its own `call` was called, which would be ours. So ours calls it from a chunk that begins with
 * as many empty lines as the script has before its call; where Lua keeps no line, as in `return redis.call(…)`, it is the prelude's.
 */
const prelude = `
  local redis = (function (redis, KEYS)
    local declared, chunks = {}, {}
    for _, key in ipairs(KEYS) do declared[key] = true end
    local positions, counts = {${positions.join(',')}}, {${counts.join(',')}}
    local function among (commands, name) return commands:find(' ' .. name .. ' ', 1, true) end
    local function undeclared (words, first, last, step)
      for at = first, math.min(last, #words), step do
        if not declared[words[at]] then return true end
      end
    end
    local function find (words, first, ...)
      for at = first, #words do
        for _, word in ipairs({...}) do
          if words[at]:lower() == word then return at end
        end
      end
    end
    local function refuses (command, ...)
      if type(command) ~= 'string' then return end
      local name, words = command:lower(), {...}
      for at, word in ipairs(words) do
        words[at] = type(word) == 'number' and ('%.17g'):format(word) or tostring(word)
      end
      if among(${names(DATABASE_WIDE)}, name) then return true end
      for _, group in ipairs(positions) do
        local last = group[3] < 0 and #words + 1 + group[3] or group[3]
        if among(group[1], name) and undeclared(words, group[2], last, group[4]) then return true end
      end
      for _, group in ipairs(counts) do
        local at = group[2]
        if among(group[1], name) and undeclared(words, at + 1, at + (tonumber(words[at]) or 0), 1) then return true end
      end
      if among(${names(STORING)}, name) then
        local at = find(words, 2, 'store', 'storedist')
        return at and undeclared(words, at + 1, at + 1, 1)
      end
      if among(${names(READING_STREAMS)}, name) then
        local at = find(words, name == 'xread' and 1 or 4, 'streams')
        return at and undeclared(words, at + 1, at + math.floor((#words - at) / 2), 1)
      end
    end
    local function calling (run, refuse)
      return function (...)
        local _, where = pcall(error, '', 3)
        local line = tonumber(where:match(':(%d+): $'))
        local chunk = chunks[line or 1]
        if not chunk then
          chunk = loadstring(('\\n'):rep((line or 1) - 1) .. 'local run = ... return (run(select(2, ...)))', '@user_script')
          chunks[line or 1] = chunk
        end
        if refuses(...) then return (chunk(refuse, "${REFUSAL}", 0)) end
        return (chunk(run, ...))
      end
    end
    local function reply (text) return redis.error_reply('ERR ' .. text) end
    return setmetatable({ call = calling(redis.call, error), pcall = calling(redis.pcall, reply) }, { __index = redis })
  end)(redis, KEYS);`

/** On one line, so that what follows it keeps its line number. */
const ON_ONE_LINE = prelude.trim().replace(/\n\s*/g, ' ')

const FLAG_IN_SHEBANG = /^#!lua[^\n]*allow-key-locking[^\n]*\n/

/**
 * Lets a script with Upstash's flag touch no key outside KEYS, as Upstash documents; others stay as they are. Takes a source
 * with its `#!lua` line.
 */
export function enforceKeyLocking (source: string): string {
  return source.replace(FLAG_IN_SHEBANG, line => `${line}${ON_ONE_LINE} `)
}
