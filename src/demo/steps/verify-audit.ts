import { expectSame, expectSoon } from '../expect.ts'
import type { Step } from '../facts.ts'

export const verifyAudit: Step = {
  name: 'audit',
  title: 'The audit chain verifies',
  titleZh: '审计链校验',
  async run({ stack, facts }) {
    // Events are chained every second; the last ones may still be waiting.
    const said = await expectSoon('all events are chained', { withinMs: 10_000, everyMs: 500 }, async () => {
      const { code, output } = await stack.run(['audit', 'verify'])
      const line = output.split('\n').at(-1) ?? ''
      expectSame(`audit verify: ${output}`, code, 0)
      return / 0 waiting/.test(line) ? { done: line } : { came: line }
    })
    facts.audit = said
    const events = Number(/(\d+) events/.exec(said)?.[1])
    return { lines: [said], figures: { events } }
  },
}
