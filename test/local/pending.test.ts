import { test } from 'tap'
import { Pending } from '../../local/pending.ts'

test('settled waits for what begins while it waits', async t => {
  const pending = new Pending()
  const ended: string[] = []
  pending.later(5, async () => {
    ended.push('first')
    pending.later(5, async () => { ended.push('second') })
  })
  await pending.settled()
  t.same(ended, ['first', 'second'])
})
