import type { RecognitionAnswer } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step } from '../facts.ts'

const CASES = [
  { as: 'pharmacy-recognised-by-all', expected: [] },
  { as: 'pharmacy-not-recognised-by-deyang', expected: ['not-recognised-by-insured-city'] },
  { as: 'pharmacy-designation-ended', expected: ['designation-ended'] },
]

export const askPharmacies: Step = {
  name: 'pharmacy',
  title: 'Pharmacies in Meishan ask whether Deyang recognises them',
  titleZh: '眉山药店双定互认查询',
  async run({ api, stack, facts }) {
    const found = []
    for (const { as, expected } of CASES) {
      const code = expectPresent(as, stack.sandbox.clients.find((one) => one.clientId === as)?.institution)
      const { body } = await api.call<RecognitionAnswer>({
        as,
        path: `/institutions/${code}/recognition?insured=510600`,
      })
      expectSame(`${as}: recognised by Deyang`, body.recognised, expected.length === 0)
      expectSame(
        `${as}: reasons`,
        body.reasons.map((one) => one.code),
        expected,
      )
      const { name } = expectPresent(
        as,
        stack.sandbox.institutions.find((one) => one.code === code),
      )
      found.push({ name, code, recognised: body.recognised, reasons: body.reasons })
    }
    facts.pharmacies = found
    return {
      lines: found.map(
        (one) =>
          `${one.name} ${one.code}: ${one.recognised ? 'recognised 互认' : `not recognised 不互认: ${one.reasons.map((reason) => `${reason.en} ${reason.zh}`).join('; ')}`}`,
      ),
      figures: {
        recognised: found.filter((one) => one.recognised).length,
        refused: found.filter((one) => !one.recognised).length,
      },
    }
  },
}
