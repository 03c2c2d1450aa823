import { Keyv } from 'keyv'

/** The fastest that Keyv is: references in a Map, and keys as they are. */
export function bareKeyv (): Keyv {
  const keyv = new Keyv({ useKeyPrefix: false })
  keyv.serialize = undefined
  keyv.deserialize = undefined
  return keyv
}
