/** Where a command's keys stand among its arguments, the first being 1; a last one below 0 is counted from the end. */
export interface KeyPositions {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly commands: string
}

/** As COMMAND of Redis 7.0 tells them, for what scripts may call. */
export const KEY_POSITIONS: readonly KeyPositions[] = [
  {
    first: 1,
    last: 1,
    step: 1,
    commands: `
      append bitcount bitfield bitfield_ro bitpos decr decrby dump expire expireat expiretime get getbit getdel getex getrange getset
      incr incrby incrbyfloat move persist pexpire pexpireat pexpiretime psetex pttl restore set setbit setex setnx setrange strlen
      substr ttl type sort sort_ro pfadd
      hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals
      lindex linsert llen lpop lpos lpush lpushx lrange lrem lset ltrim rpop rpush rpushx
      sadd scard sismember smembers smismember spop srandmember srem sscan
      zadd zcard zcount zdiffstore zincrby zinterstore zlexcount zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore
      zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore
      zunionstore
      xack xadd xautoclaim xclaim xdel xlen xpending xrange xrevrange xsetid xtrim
      geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch`
  },
  { first: 1, last: 2, step: 1, commands: 'copy geosearchstore lcs lmove rename renamenx rpoplpush smove zrangestore blmove brpoplpush' },
  { first: 1, last: -1, step: 1, commands: 'del exists mget pfcount pfmerge sdiff sdiffstore sinter sinterstore sunion sunionstore touch unlink' },
  { first: 1, last: -2, step: 1, commands: 'blpop brpop bzpopmax bzpopmin' },
  { first: 1, last: -1, step: 2, commands: 'mset msetnx' },
  { first: 2, last: -1, step: 1, commands: 'bitop' },
  { first: 2, last: 2, step: 1, commands: 'memory object xgroup xinfo' }   // the first is the subcommand
]

/** The argument that says how many keys follow it. */
export const KEY_COUNTS: ReadonlyArray<{ readonly at: number, readonly commands: string }> = [
  { at: 1, commands: 'lmpop sintercard zdiff zinter zintercard zmpop zunion' },
  { at: 2, commands: 'blmpop bzmpop zdiffstore zinterstore zunionstore' }
]

/** Commands that name one more key after STORE or STOREDIST. */
export const STORING = 'sort georadius georadiusbymember'

/** Commands whose keys are the first half of what follows STREAMS. */
export const READING_STREAMS = 'xread xreadgroup'

/** Commands that concern the whole database; Upstash documents FLUSHDB as an example. */
export const DATABASE_WIDE = 'dbsize flushall flushdb keys randomkey scan swapdb'
