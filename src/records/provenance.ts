import { randomUUID } from 'node:crypto'
import type { Provenance } from 'fhir/r4.js'
import type { Shown } from './merge.ts'
import { SOURCE_URI } from './render-resource.ts'

/** Where a record comes from of which several houses have a copy: the one that is shown, and the ones that are not. */
export function provenanceOf({ found, copies }: Shown, address: string, at: Date): Provenance {
  return {
    resourceType: 'Provenance',
    id: randomUUID(),
    target: [{ reference: address }],
    recorded: at.toISOString(),
    activity: { text: 'Copies of one record at several institutions, shown once (同一结果的多份副本合并显示)' },
    agent: [
      {
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }],
        },
        who: { display: 'Yimatong 一码通' },
      },
      ...[found, ...copies].map(({ source }) => ({
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'custodian' }],
        },
        who: { identifier: { system: SOURCE_URI.slice(0, -1), value: source } },
      })),
    ],
    entity: [
      { role: 'source', what: { reference: found.fullUrl } },
      ...copies.map((one) => ({ role: 'source' as const, what: { reference: one.fullUrl } })),
    ],
  }
}
