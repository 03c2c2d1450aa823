/** How much of something there is more at the end of the last two thirds than at their begin, by the line that fits best. */
export function growth (samples: readonly number[]): number {
  const last = samples.slice(Math.floor(samples.length / 3))
  const middle = (last.length - 1) / 2
  const mean = last.reduce((sum, sample) => sum + sample, 0) / last.length
  const slope = last.reduce((sum, sample, index) => sum + (index - middle) * (sample - mean), 0) / last.reduce((sum, _, index) => sum + (index - middle) ** 2, 0)
  return slope * (last.length - 1)
}
