import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import pg from 'pg'
import t, { test, type Test } from 'tap'
import { startEmbeddedCopy } from '../database.ts'

const url = await startEmbeddedCopy(t)

/** A connection as raw bytes, and what it got so far. */
class Raw {
  got = ''
  readonly socket: Socket

  constructor (t: Test) {
    this.socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true })
    this.socket.on('data', data => { this.got += data.toString('latin1') })
    t.after(() => this.socket.destroy())
  }

  async has (pattern: RegExp): Promise<void> {
    while (!pattern.test(this.got)) await once(this.socket, 'data')
    this.got = ''
  }

  async start (): Promise<this> {
    this.socket.write(startup())
    await this.has(/Z.{4}I$/s)
    return this
  }
}

// Messages of the protocol, byte by byte, as a client that is not pg may cut them.
const int16 = (value: number) => Buffer.from([value >> 8, value])
const int32 = (value: number) => Buffer.concat([int16(value >> 16), int16(value)])

function message (type: string, ...parts: Array<string | Buffer>): Buffer {
  const content = Buffer.concat(parts.map(part => Buffer.from(part)))
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content])
}

const startup = () => message('', int32(196608), 'user\0postgres\0database\0postgres\0\0')
const parse = (text: string) => message('P', '\0', text, '\0', int16(0))
const rest = (value: string) => Buffer.concat([
  message('B', '\0\0', int16(0), int16(1), int32(value.length), value, int16(0)), message('D', 'P\0'), message('E', '\0', int32(0)), message('S')
])

test('a statement that one connection parsed is not bound by another, however their messages come', async t => {
  const [ann, bob] = [await new Raw(t).start(), await new Raw(t).start()]
  ann.socket.write(parse("select 'of Ann: ' || $1::text"))
  bob.socket.write(Buffer.concat([parse("select 'of Bob: ' || $1::text"), rest('his')]))
  await bob.has(/of Bob: his/)
  ann.socket.write(rest('hers'))
  await ann.has(/of Ann: hers/)
})

test('messages are taken from the bytes, wherever these are cut', async t => {
  const ann = await new Raw(t).start()
  const answered = ann.has(/in bytes/)
  for (const byte of Buffer.concat([parse('select $1::text'), rest('in bytes')])) {
    ann.socket.write(Buffer.from([byte]))
    // Written in one turn, they would go as one packet.
    await new Promise(resolve => setImmediate(resolve))
  }
  await t.resolves(answered)
})

test('who asks again before the answer gets both, in order', async t => {
  const ann = await new Raw(t).start()
  ann.socket.write(Buffer.concat([parse('select $1::text'), rest('the first'), parse('select $1::text'), rest('the second')]))
  await t.resolves(ann.has(/the first.*the second/s))
})

test('what a connection asked for and did not wait for is not run', async t => {
  const [holder, other] = [new pg.Client(url), await new Raw(t).start()]
  await holder.connect()
  await holder.query('begin')
  // Closes once the server has answered the end with its own, and so has seen it.
  other.socket.end(message('Q', 'create table given_up (id integer)\0'))
  await once(other.socket, 'close')
  await holder.query('commit')
  t.same((await holder.query("select to_regclass('given_up') as found")).rows, [{ found: null }])
  await holder.end()
})

test('TLS is declined, a request to cancel and a goodbye end the connection', async t => {
  const tls = new Raw(t)
  tls.socket.write(message('', int32(80877103)))
  await tls.has(/^N$/)
  await tls.start()
  tls.socket.write(message('X'))
  await once(tls.socket, 'close')
  const cancelling = new Raw(t)
  cancelling.socket.write(message('', int32(80877102), int32(1), int32(2)))
  await once(cancelling.socket, 'close')
  const odd = new Raw(t)
  odd.socket.end(Buffer.alloc(8))
  await once(odd.socket, 'close')
  t.ok(await new Raw(t).start(), 'others come in on')
})

test('a transaction has the database alone, and ends with its connection', async t => {
  const [one, other] = [new pg.Client(url), new pg.Client(url)]
  for (const client of [one, other]) {
    client.on('error', () => {})
    await client.connect()
  }
  await one.query('begin')
  await one.query('create table left_over (id integer)')
  const asked = other.query("select to_regclass('left_over') as found")
  await one.query('insert into left_over values (1)')
  // As it would break with its process, while a command is on its way.
  one.query('insert into left_over values (2)').catch(() => {})
  Object(one).connection.stream.destroy()
  t.same((await asked).rows, [{ found: null }])
  await other.end()
})

t.end()
