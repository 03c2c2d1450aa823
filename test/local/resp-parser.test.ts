import { test } from 'tap'
import { PassThrough } from 'node:stream'
import { replyText } from '../../local/backend/reply.ts'
import { RespConnection } from '../../local/backend/resp-connection.ts'
import { RespParser } from '../../local/backend/resp-parser.ts'

const wire = Buffer.from('+OK\r\n-ERR no é\r\n:-42\r\n$6\r\na\r\nbé\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*2\r\n:1\r\n*0\r\n*1\r\n$1\r\nx\r\n+end\r\n')
const replies = [
  { kind: 'simple', text: 'OK' },
  { kind: 'error', message: 'ERR no é' },
  { kind: 'integer', digits: '-42' },
  { kind: 'bulk', bytes: Buffer.from('a\r\nbé') },
  { kind: 'bulk', bytes: Buffer.alloc(0) },
  { kind: 'null', of: 'bulk' },
  { kind: 'null', of: 'array' },
  { kind: 'array', items: [] },
  {
    kind: 'array',
    items: [
      { kind: 'array', items: [{ kind: 'integer', digits: '1' }, { kind: 'array', items: [] }] },
      { kind: 'array', items: [{ kind: 'bulk', bytes: Buffer.from('x') }] }
    ]
  },
  { kind: 'simple', text: 'end' }
]

test('every kind of reply, in one piece', async t => {
  t.same(new RespParser().push(wire), replies)
})

test('replies cut anywhere', async t => {
  for (const size of [1, 2, 3, 5, 7, 11]) {
    const parser = new RespParser()
    const got = []
    for (let at = 0; at < wire.length; at += size) got.push(...parser.push(wire.subarray(at, at + size)))
    t.same(got, replies, `pieces of ${size}`)
  }
})

test('what is no RESP2 is refused', async t => {
  t.throws(() => new RespParser().push(Buffer.from('HTTP/1.1 200 OK\r\n')), /begins with "H"/)
})

test('the text of a reply that is no string is empty', async t => {
  t.equal(replyText({ kind: 'integer', digits: '1' }), '')
  t.equal(replyText(undefined), '')
})

test('a connection takes no commands once closed', async t => {
  const connection = new RespConnection(new PassThrough())   // what is written comes back
  t.same(await connection.exchange([]), [])
  t.same(await connection.exchange([['PING']]), [{ kind: 'array', items: [{ kind: 'bulk', bytes: Buffer.from('PING') }] }])
  connection.close()
  t.equal(connection.closed, true)
  await t.rejects(connection.exchange([['PING']]), { code: 'FST_LOCAL_BACKEND_LOST' })
})

test('a reply that nobody waits for closes the connection, rather than going to the next who asks', async t => {
  const socket = new PassThrough()
  const connection = new RespConnection(socket)
  const ended = new Promise<void>(resolve => { connection.onEnd = resolve })
  socket.push('+stray\r\n')
  await ended
  await t.rejects(connection.exchange([['PING']]), { code: 'FST_LOCAL_BACKEND_LOST' })
})

test('a large string in many pieces is put together once', async t => {
  const length = 2 * 1024 * 1024
  const concat = t.capture(Buffer, 'concat', Buffer.concat)
  const parser = new RespParser()
  t.same(parser.push(Buffer.from(`$${length}\r\n`)), [])
  for (let at = 0; at < length; at += 4096) parser.push(Buffer.alloc(4096))
  const [reply] = parser.push(Buffer.from('\r\n'))
  t.equal(reply?.kind === 'bulk' && reply.bytes.length, length)
  t.ok(concat().length < 5, 'the pieces are not copied again and again')
})
