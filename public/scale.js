/** The next even number that people count by, from 1 on. */
export function roundUp (number) {
  const unit = 10 ** Math.floor(Math.log10(number))
  return [1, 2, 4, 5, 6, 8, 10].map(step => step * unit).find(round => round >= number && round % 2 === 0)
}
