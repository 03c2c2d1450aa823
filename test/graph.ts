/** A description of a value, from which it is made anew as often as a test needs it, and which can be printed. */
export type Spec =
  | { is: 'value', of: unknown }
  | { is: 'hole' }
  | { is: 'date', ms: number }
  | { is: 'regexp', source: string, flags: string }
  | { is: 'url', href: string }
  | { is: 'bytes', as: keyof typeof BYTES, of: readonly number[] }
  | { is: 'array' | 'set', items: readonly Spec[] }
  | { is: 'object' | 'bare object', entries: ReadonlyArray<readonly [string, Spec]> }
  | { is: 'map', entries: ReadonlyArray<readonly [Spec, Spec]> }

/** `links`: which part holds which other one besides, by their places: so parts are shared, and cycles made. */
export interface Graph {
  readonly root: Spec
  readonly links: ReadonlyArray<readonly [from: number, to: number]>
}

type Container = unknown[] | Set<unknown> | Map<unknown, unknown> | Record<string, unknown>

/** What holds bytes; a multiple of eight of them, which any of these can. */
export const BYTES = {
  Uint8Array: (bytes: Uint8Array) => bytes,
  Int16Array: ({ buffer }: Uint8Array) => new Int16Array(buffer),
  Float64Array: ({ buffer }: Uint8Array) => new Float64Array(buffer),
  BigInt64Array: ({ buffer }: Uint8Array) => new BigInt64Array(buffer),
  ArrayBuffer: ({ buffer }: Uint8Array) => buffer,
  DataView: ({ buffer }: Uint8Array) => new DataView(buffer),
  Buffer: (bytes: Uint8Array) => Buffer.from(bytes),
  'a view of a part': ({ buffer }: Uint8Array) => new Uint16Array(buffer, Math.min(2, buffer.byteLength), 0),
  'a DataView of a part': ({ buffer }: Uint8Array) => new DataView(buffer, Math.floor(buffer.byteLength / 2))
}

export function build ({ root, links }: Graph): unknown {
  const containers: Container[] = []
  const value = make(root, containers)
  links.forEach(([from, to], index) => {
    const [holder, held] = [from, to].map(place => containers[place % containers.length])
    if (Array.isArray(holder)) holder.push(held)
    else if (holder instanceof Set) holder.add(held)
    else if (holder instanceof Map) holder.set(`link ${index}`, held)
    else if (holder !== undefined) holder[`link ${index}`] = held
  })
  return value
}

function make (spec: Spec, containers: Container[]): unknown {
  const contain = <T extends Container> (container: T): T => { containers.push(container); return container }
  switch (spec.is) {
    case 'value': return spec.of
    case 'hole': return undefined
    case 'date': return new Date(spec.ms)
    case 'regexp': return new RegExp(spec.source, spec.flags)
    case 'url': return new URL(spec.href)
    case 'bytes': return BYTES[spec.as](Uint8Array.from(spec.of))
    case 'array': return fill(contain(Array(spec.items.length)), spec.items, containers)
    case 'set': {
      const set = contain(new Set<unknown>())
      for (const item of spec.items) set.add(make(item, containers))
      return set
    }
    case 'map': {
      const map = contain(new Map<unknown, unknown>())
      for (const [key, value] of spec.entries) map.set(make(key, containers), make(value, containers))
      return map
    }
    default: {
      const object = contain<Record<string, unknown>>(spec.is === 'object' ? {} : Object.create(null))
      // Defined, not assigned: __proto__ is a name like any other.
      for (const [name, value] of spec.entries) Object.defineProperty(object, name, { value: make(value, containers), enumerable: true, writable: true, configurable: true })
      return object
    }
  }
}

function fill (array: unknown[], items: readonly Spec[], containers: Container[]): unknown[] {
  items.forEach((item, index) => { if (item.is !== 'hole') array[index] = make(item, containers) })
  return array
}
