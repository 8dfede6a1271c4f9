/** The programs that a bench starts as processes of their own. */
export const programs = {
  api: new URL('./serve-api.ts', import.meta.url),
  worker: new URL('./serve-worker.ts', import.meta.url),
  bare: new URL('./serve-bare.ts', import.meta.url),
  naive: new URL('./serve-naive.ts', import.meta.url),
  tpcb: new URL('./serve-tpcb.ts', import.meta.url),
  loop: new URL('./loop-verify.ts', import.meta.url),
  fill: new URL('./fill-scale.ts', import.meta.url),
  press: new URL('./press.ts', import.meta.url),
  ask: new URL('./ask.ts', import.meta.url),
  tell: new URL('./tell.ts', import.meta.url),
  rows: new URL('./serve-rows.ts', import.meta.url),
  pace: new URL('./pace.ts', import.meta.url),
} as const
