import type { BundleAnswer, DecisionsAnswer, LabResult } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { DecisionFact, Step, Story } from '../facts.ts'

/** What the Deyang hospital does with the Chengdu hospital's newest biochemistry, item by item. */
const EXPECTED = [
  { item: 'GLU', outcome: 'recognised', reason: undefined, hits: [] },
  { item: 'K', outcome: 'not-recognised', reason: '01', hits: [] },
  { item: 'TC', outcome: 'not-eligible', reason: undefined, hits: ['E06'] },
]

export const recogniseResults: Step = {
  name: 'recognise',
  title: 'Recognise one laboratory result, refuse another with its reason',
  titleZh: '检验结果互认与不互认',
  async run(story) {
    const { api, facts, stack } = story
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId
    const issuer = expectPresent('the hospital in Chengdu', stack.sandbox.hospitals[0])
    const { report, values } = await newestBiochemistry(story, personId, issuer.code)
    const { body, ms } = await api.call<DecisionsAnswer>({
      as: 'hospital-deyang',
      method: 'POST',
      path: '/recognition/decisions',
      key: crypto.randomUUID(),
      headers: { 'x-purpose-of-use': 'TREAT' },
      body: {
        personId,
        result: { institution: issuer.code, type: 'DiagnosticReport', id: report.id },
        visit: { kind: 'outpatient' },
        statements: [
          { item: 'GLU', action: 'accept' },
          { item: 'K', action: 'repeat', reason: '01', detail: 'does not fit the clinical picture', informed: 'yes' },
        ],
      },
    })
    const decisions = EXPECTED.map((expected): DecisionFact => {
      const one = expectPresent(
        `a decision on ${expected.item}`,
        body.decisions.find((decision) => decision.item?.code === expected.item),
      )
      expectSame(
        `decision on ${expected.item}`,
        {
          item: one.item?.code,
          outcome: one.outcome,
          reason: one.reason?.code,
          hits: one.hits.map((hit) => hit.code),
        },
        expected,
      )
      return {
        item: `${one.item?.name ?? ''} ${expected.item}`,
        value: values.get(one.resource.split('/')[1] ?? '') ?? '',
        outcome: one.outcome,
        mark: one.mark?.label,
        validUntil: one.validUntil ?? undefined,
        reasons: [...(one.reason === null ? [] : [one.reason]), ...one.hits],
      }
    })
    facts.decisions = { issuer: issuer.name, items: decisions, ms }
    return {
      lines: decisions.map(
        (one) =>
          `${one.item} ${one.value}: ${one.outcome}${one.mark === undefined ? '' : ` (${one.mark}, until ${one.validUntil})`}${one.reasons.map((reason) => ` ${reason.code} ${reason.en} ${reason.zh}`).join(';')}`,
      ),
      figures: {
        decisions: decisions.map((one) => ({
          item: one.item,
          outcome: one.outcome,
          reasons: one.reasons.map((reason) => reason.code),
        })),
      },
    }
  },
}

/** Found through the exchange, as a physician's system would: the newest report that has a potassium value. */
async function newestBiochemistry({ api }: Story, personId: string, issuer: string) {
  const search = async (path: string): Promise<readonly LabResult[]> => {
    const { body } = await api.call<BundleAnswer>({
      as: 'hospital-deyang',
      path,
      headers: { 'x-purpose-of-use': 'TREAT' },
    })
    return (body.entry ?? [])
      .map((one) => one.resource)
      .filter((one): one is LabResult => one.resourceType !== 'OperationOutcome' && one.meta.source.endsWith(issuer))
  }
  const observations = await search(`/fhir/Observation?patient=${personId}&status=final&_count=200`)
  const potassium = expectPresent(
    'a potassium value',
    observations.find((one) => one.code.coding?.some((coding) => coding.code === '2823-3')),
  )
  const reports = await search(`/fhir/DiagnosticReport?patient=${personId}&status=final&_count=200`)
  const report = expectPresent(
    'the report of the potassium value',
    reports.find((one) => one.result?.some((member) => member.reference === `Observation/${potassium.id}`)),
  )
  return {
    report,
    values: new Map(observations.map((one) => [one.id, `${one.valueQuantity?.value} ${one.valueQuantity?.unit}`])),
  }
}
