/** The query of the address, which says what is shown; its fragment is the room. */
export const query = () => new URLSearchParams(location.search)

/** Changes parts of the query: null or empty takes one away. `push` makes a step that the browser's back undoes. */
export function setQuery (changes, { push = false } = {}) {
  const next = query()
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.size === 0 ? location.pathname : `?${next}`
  history[push ? 'pushState' : 'replaceState'](null, '', `${text}${location.hash}`)
}
