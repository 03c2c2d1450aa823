/** A table; a heading that ends with ` >` is of numbers. */
export function table (headings: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const alignment = headings.map(heading => heading.endsWith(' >') ? '--:' : '---')
  return [headings.map(heading => heading.replace(/ >$/, '')), alignment, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

export function ratio (value: number): string {
  return value.toFixed(2)
}

/** 1,234,000: three digits that count. */
export function thousands (value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en')
}
