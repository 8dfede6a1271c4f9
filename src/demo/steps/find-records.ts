import type { BundleAnswer, LabResult, Outcome } from '../answers.ts'
import { expectPresent, expectSame, expectThat } from '../expect.ts'
import type { SourceFact, Step, Story } from '../facts.ts'

const SOURCE = 'urn:yimatong:institution:'

/** YMT_RECORDS_DEADLINE_MS of the processes (the default), and what sending the answer may add. */
const DEADLINE_MS = 3_000
const SENDING_MS = 1_000

export const findRecords: Step = {
  name: 'find-records',
  title: 'Find laboratory reports, one of four hospitals hangs',
  titleZh: '检验报告调阅（一家医院无响应）',
  async run(story) {
    const { facts, stack } = story
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId
    const hanging = expectPresent('a hospital to hang', stack.hospitals.at(-1))

    await setFault(hanging.baseUrl, { kind: 'hang', on: 'search' })
    const { body, ms } = await search(story, personId)
    await setFault(hanging.baseUrl, { kind: 'none' })
    expectThat('time of the search', ms < DEADLINE_MS + SENDING_MS, `below ${DEADLINE_MS + SENDING_MS} ms`, ms)
    const sources = stack.sandbox.hospitals.map((one) => sourceOf(one, body))
    for (const source of sources) {
      const hangs = source.code === hanging.code
      expectThat(`reports of ${source.code}`, source.found > 0 !== hangs, hangs ? 'none' : 'some', source.found)
      expectSame(`outcome entry of ${source.code}`, source.outcome?.code, hangs ? 'timeout' : undefined)
    }

    // The control: with nobody hanging all four answer and none is named in an outcome.
    const healthy = await search(story, personId)
    const again = stack.sandbox.hospitals.map((one) => sourceOf(one, healthy.body))
    expectThat(
      'all four hospitals afterwards',
      again.every((one) => one.found > 0 && one.outcome === undefined),
      'reports of each',
      again,
    )
    facts.records = { sources, ms, healthyMs: healthy.ms, total: body.total }
    return {
      lines: [
        ...sources.map(
          (one) =>
            `${one.name} ${one.code}: ${one.outcome === undefined ? `${one.found} reports` : `${one.outcome.severity}/${one.outcome.code}: ${one.outcome.text}`}`,
        ),
        `with all four well: ${again.reduce((sum, one) => sum + one.found, 0)} reports in ${Math.round(healthy.ms)} ms`,
      ],
      figures: {
        reports: body.total,
        hanging: hanging.code,
        deadlineMs: DEADLINE_MS,
        searchMs: Math.round(ms),
        healthyMs: Math.round(healthy.ms),
      },
    }
  },
}

const search = ({ api }: Story, personId: string) =>
  api.call<BundleAnswer>({
    as: 'hospital-deyang',
    path: `/fhir/DiagnosticReport?patient=${personId}&_count=200`,
    headers: { 'x-purpose-of-use': 'TREAT' },
  })

function sourceOf(hospital: { code: string; name: string }, bundle: BundleAnswer): SourceFact {
  const resources = (bundle.entry ?? []).map((one) => one.resource)
  const found = resources.filter(
    (one): one is LabResult => one.resourceType !== 'OperationOutcome' && one.meta.source === SOURCE + hospital.code,
  )
  const issue = resources
    .filter((one): one is Outcome => one.resourceType === 'OperationOutcome')
    .flatMap((one) => one.issue)
    .find((one) => one.details?.coding?.some((coding) => coding.code === hospital.code))
  return {
    code: hospital.code,
    name: hospital.name,
    found: found.length,
    outcome: issue && { code: issue.code, severity: issue.severity, text: issue.details?.text ?? '' },
  }
}

/** The test hospital's own door for faults; it is no part of the service. */
async function setFault(baseUrl: string, fault: object): Promise<void> {
  const response = await fetch(new URL('/admin/fault', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  expectThat('the fault is set', response.ok, 'a 2xx status', response.status)
}
