import type { Story, ToldStep } from '../facts.ts'

export function renderReport(
  story: Story,
  told: readonly ToldStep[],
  times: { startMs: number; totalMs: number },
): string {
  return JSON.stringify({ told, times, queue: story.stack.queue }, (_, v) => v)
}
