import { expectSame } from '../expect.ts'
import type { Step } from '../facts.ts'

export const proveLedger: Step = {
  name: 'ledger',
  title: 'The books prove themselves: every journal, chain, counter and balance',
  titleZh: '账簿自证：分录、哈希链、计数与余额',
  async run({ stack }) {
    const { code, output } = await stack.run(['ledger', 'verify'])
    expectSame(`ledger verify: ${output}`, code, 0)
    const said = output.split('\n').find((line) => /\d+ journals/.test(line)) ?? output
    return { lines: [said], figures: { journals: Number(/([\d,]+) journals/.exec(said)?.[1]?.replaceAll(',', '')) } }
  },
}
