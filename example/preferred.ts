/**
 * The one of our media types that an Accept header likes best (RFC 9110, section 12.5.1), the first of equals; undefined where it takes
 * none of them.
 */
export function preferred<Type extends string> (ours: readonly Type[], accept = '*/*'): Type | undefined {
  const ranges = accept.toLowerCase().split(',').map(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim())
    const q = Number(parameters.find(parameter => parameter.startsWith('q='))?.slice(2) ?? 1)
    return { type, q: q >= 0 && q <= 1 ? q : 0 }
  })
  const liking = (type: Type) => {
    // What is more exact counts, whatever its weight.
    for (const range of [type, `${type.split('/')[0]}/*`, '*/*']) {
      const found = ranges.find(({ type }) => type === range)
      if (found !== undefined) return found.q
    }
    return 0
  }
  const [best] = ours.map(type => ({ type, q: liking(type) })).filter(({ q }) => q > 0).sort((a, b) => b.q - a.q)
  return best?.type
}
