import { objectsIn } from './same.ts'

/** Changes every part of a value that can be changed. Answers their number. */
export function vandalise (value: unknown): number {
  const objects = [...objectsIn(value)]
  return objects.map(change).filter(Boolean).length
}

function change (object: object): boolean {
  if (object instanceof ArrayBuffer) return flip(new Uint8Array(object))
  if (ArrayBuffer.isView(object)) return flip(new Uint8Array(object.buffer, object.byteOffset, object.byteLength))
  if (object instanceof Map || object instanceof Set) object.clear()
  if (object instanceof Date) object.setTime(Number.isNaN(object.getTime()) ? 0 : NaN)
  else if (object instanceof RegExp) object.lastIndex++
  else if (object instanceof URL) object.hash += 'changed'
  else if (object instanceof Map) object.set('changed', object)
  else if (object instanceof Set) object.add('changed')
  else if (Array.isArray(object)) object.splice(0, object.length, 'changed', object)
  else {
    for (const name of Object.keys(object)) delete (object as Record<string, unknown>)[name]
    Object.assign(object, { changed: object })
  }
  return true
}

function flip (bytes: Uint8Array): boolean {
  bytes.forEach((byte, index) => { bytes[index] = byte ^ 0xff })
  return bytes.length > 0
}
