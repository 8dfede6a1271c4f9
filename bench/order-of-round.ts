/** Each round begins elsewhere and every second one runs backwards, so that no sample always follows the same one. */
export function orderOfRound<T>(order: readonly T[], round: number): readonly T[] {
  const length = order.length
  const start = Math.floor((2 * length * (round - 1)) / 5)
  const step = round % 2 === 0 ? -1 : 1
  return order.map((_, at) => order[(((start + step * at) % length) + length) % length] as T)
}
