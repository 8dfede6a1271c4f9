import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createCapture } from './capture.ts'
import { createClient } from './client.ts'
import type { Story, ToldStep } from './facts.ts'
import { printLine, printStep, printTable } from './print.ts'
import { createProviderBook } from './provider-book.ts'
import { renderReport } from './report/render-report.ts'
import { startStack } from './stack.ts'
import { steps, tellStory } from './story.ts'

const DATA_DIR = join(import.meta.dirname, '..', '..', '.data', 'demo')

const stops: (() => Promise<unknown>)[] = []
let stopping: Promise<void> | undefined

/** In the order of the start turned round; everything is stopped, whatever fails. */
function stopAll(): Promise<void> {
  stopping ??= (async () => {
    for (const stop of stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => void process.stderr.write(`stopping failed: ${String(error)}\n`))
    }
  })()
  return stopping
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write('\nStopping …\n')
    void stopAll().then(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  })
}

async function run(): Promise<{ ok: boolean; told: readonly ToldStep[] }> {
  const started = performance.now()
  await mkdir(DATA_DIR, { recursive: true })
  printLine('Yimatong 一码通: the main job, told through its public API. All people and institutions are synthetic.')
  const capture = createCapture()
  const stack = await startStack(DATA_DIR, capture, stops)
  const startMs = Math.round(performance.now() - started)
  printLine(
    `API, worker and four test hospitals run as processes of their own; queue on ${stack.redisUrl === undefined ? 'PostgreSQL' : 'Redis'}; ${stack.publicUrl}; ready in ${startMs} ms.`,
  )
  const story: Story = { stack, capture, api: createClient(stack), book: createProviderBook(), facts: {} }
  const told = await tellStory(steps, story, printStep)
  const ok = told.length === steps.length && told.every((step) => step.ok)
  printTable(told, steps.length)
  const report = join(DATA_DIR, 'report.html')
  await writeFile(
    report,
    renderReport(story, told, { startMs, totalMs: Math.round(performance.now() - started), planned: steps.length }),
  )
  printLine(`Report 报告: ${relative(process.cwd(), report)}`)
  return { ok, told }
}

try {
  const { ok, told } = await run()
  await stopAll()
  const shown = told.map(({ name, ok: held, ms, figures }) => ({ name, ok: held, ms, ...figures }))
  process.stdout.write(`${JSON.stringify({ ok, steps: shown })}\n`)
  process.exitCode = ok ? 0 : 1
} catch (error) {
  await stopAll()
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.stdout.write(
    `${JSON.stringify({ ok: false, steps: [], failed: error instanceof Error ? error.message : String(error) })}\n`,
  )
  process.exitCode = 1
}
