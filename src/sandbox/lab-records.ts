import type { JsonObject, Resource } from './hospital/types.ts'
import { LAB_PANELS, type LabItem, type LabPanel } from './lab-items.ts'
import { createRandom, type Random } from './random.ts'

/** What the generator needs of a person; the sandbox's people have more. */
export interface LabPerson {
  readonly id: string
  readonly name: string
  readonly idNumber: string
  readonly sex: 'male' | 'female'
  readonly birthDate: string
  readonly phone: string
}

interface LabHospital {
  /** National code of the designated institution. */
  readonly code: string
  readonly name: string
}

export const ID_NUMBER_SYSTEM = 'urn:oid:2.16.156.10011.1.3'
export const INSTITUTION_CODE_SYSTEM = 'https://yimatong.example/fixmedins_code'
/** Roots of WS/T 500 documents: specimen number and laboratory report number. */
const SPECIMEN_NUMBER_SYSTEM = 'urn:oid:2.16.156.10011.1.14'
const REPORT_NUMBER_SYSTEM = 'urn:oid:2.16.156.10011.1.33'

function patientNumberSystem(code: string): string {
  return `https://yimatong.example/hospital/${code}/patient_no`
}

function labItemSystem(code: string): string {
  return `https://yimatong.example/hospital/${code}/lab_item`
}

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const MINUTE = 60_000
const DAY = 86_400_000

/** Days before `now` of a person's visits: the newest is recent, the others pass the usual limits of 7, 30 and 60 days. */
const VISITS: readonly (readonly [number, number])[] = [
  [1, 5],
  [12, 26],
  [38, 57],
  [70, 200],
]

interface Visit {
  readonly random: Random
  readonly person: LabPerson
  readonly hospital: LabHospital
  readonly now: Date
  /** Unique within the hospital and free of personal data. */
  readonly key: string
  readonly patient: { readonly reference: string }
  readonly encounter: { readonly reference: string }
  readonly performer: JsonObject
  readonly collectedAt: number
  readonly newest: boolean
}

/**
 * One hospital's laboratory records as FHIR R4 resources: the organisation, and per person a Patient, and per visit an
 * Encounter with Specimens, Observations and DiagnosticReports. The newest visit has every panel, all final.
 * The same arguments give the same resources; nothing in an id or a number comes from the identity number.
 */
export function generateLabRecords(
  seed: string,
  persons: readonly LabPerson[],
  hospital: LabHospital,
  now: Date,
): Resource[] {
  const performer = {
    reference: `Organization/${hospital.code}`,
    identifier: { system: INSTITUTION_CODE_SYSTEM, value: hospital.code },
    display: hospital.name,
  }
  const organization: Resource = {
    resourceType: 'Organization',
    id: hospital.code,
    identifier: [{ system: INSTITUTION_CODE_SYSTEM, value: hospital.code }],
    active: true,
    name: hospital.name,
  }
  return [
    organization,
    ...persons.flatMap((person, index) => {
      const random = createRandom(`lab:${seed}:${hospital.code}:${person.id}`)
      const number = String(index + 1).padStart(6, '0')
      const patient = { reference: `Patient/p${number}` }
      const visits = VISITS.slice(0, random.int(1, VISITS.length)).flatMap(([from, to], visit) => {
        const key = `${number}-${visit + 1}`
        return visitRecords({
          random,
          person,
          hospital,
          now,
          key,
          patient,
          encounter: { reference: `Encounter/e${key}` },
          performer,
          collectedAt: morningBefore(now, random.int(from, to)) + random.int(0, 180) * MINUTE,
          newest: visit === 0,
        })
      })
      return [patientOf(person, hospital, number), ...visits]
    }),
  ]
}

/** 07:30 in China, `days` before the day of `now`. */
function morningBefore(now: Date, days: number): number {
  const local = now.getTime() + 480 * MINUTE
  return local - (local % DAY) - 480 * MINUTE - days * DAY + 450 * MINUTE
}

function patientOf(person: LabPerson, hospital: LabHospital, number: string): Resource {
  return {
    resourceType: 'Patient',
    id: `p${number}`,
    identifier: [
      { use: 'official', system: ID_NUMBER_SYSTEM, value: person.idNumber },
      { use: 'usual', system: patientNumberSystem(hospital.code), value: number },
    ],
    active: true,
    name: [{ use: 'official', text: person.name }],
    telecom: [{ system: 'phone', value: person.phone, use: 'mobile' }],
    gender: person.sex,
    birthDate: person.birthDate,
    managingOrganization: { reference: `Organization/${hospital.code}` },
  }
}

function visitRecords(visit: Visit): Resource[] {
  const panels = visit.newest
    ? LAB_PANELS
    : visit.random.shuffle(LAB_PANELS).slice(0, visit.random.int(1, LAB_PANELS.length))
  const encounter: Resource = {
    resourceType: 'Encounter',
    id: `e${visit.key}`,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    subject: visit.patient,
    period: { start: inChina(visit.collectedAt - 30 * MINUTE), end: inChina(visit.collectedAt + 300 * MINUTE) },
    serviceProvider: { reference: `Organization/${visit.hospital.code}` },
  }
  return [encounter, ...panels.flatMap((panel) => panelRecords(visit, panel))]
}

function panelRecords(visit: Visit, panel: LabPanel): Resource[] {
  const { random, hospital, collectedAt } = visit
  const key = `${visit.key}-${panel.short}`
  const status = visit.newest || random.chance(90) ? 'final' : random.pick(['preliminary', 'corrected', 'amended'])
  const issued = Math.min(collectedAt + random.int(120, 420) * MINUTE, visit.now.getTime())
  const specimen: Resource = {
    resourceType: 'Specimen',
    id: `s${key}`,
    identifier: [{ system: SPECIMEN_NUMBER_SYSTEM, value: `S${hospital.code}${key}` }],
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0487', code: panel.specimen.code }],
      text: panel.specimen.name,
    },
    subject: visit.patient,
    collection: { collectedDateTime: inChina(collectedAt) },
  }
  const observations = panel.items.map((item) => observationOf(visit, item, { key, status, issued }))
  const report: Resource = {
    resourceType: 'DiagnosticReport',
    id: `r${key}`,
    identifier: [{ system: REPORT_NUMBER_SYSTEM, value: `R${hospital.code}${key}` }],
    status,
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] }],
    code: {
      coding: [
        {
          system: labItemSystem(hospital.code),
          code: `${hospital.code.slice(-3)}-${panel.short}`,
          display: panel.name,
        },
        ...(panel.loinc === undefined ? [] : [{ system: LOINC, code: panel.loinc }]),
      ],
      text: panel.name,
    },
    subject: visit.patient,
    encounter: visit.encounter,
    effectiveDateTime: inChina(collectedAt),
    issued: inChina(issued),
    performer: [visit.performer],
    specimen: [{ reference: `Specimen/s${key}` }],
    result: observations.map((observation) => ({ reference: `Observation/${observation.id ?? ''}` })),
  }
  return [specimen, ...observations, report]
}

function observationOf(
  visit: Visit,
  item: LabItem,
  report: { readonly key: string; readonly status: string; readonly issued: number },
): Resource {
  const { random, person, hospital } = visit
  const [low, high] = item.normal[person.sex]
  const value = random.chance(80) ? random.int(low, high) : random.int(...item.plausible)
  const flag = value < low ? 'L' : value > high ? 'H' : 'N'
  const quantity = (scaled: number) => ({
    value: Number(`${scaled}e-${item.decimals}`),
    unit: item.unit,
    system: UCUM,
    code: item.unit,
  })
  return {
    resourceType: 'Observation',
    id: `o${report.key}-${item.short}`,
    status: report.status,
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: {
      coding: [
        // Each hospital has codes of its own: the same item differs from house to house.
        { system: labItemSystem(hospital.code), code: `${hospital.code.slice(-3)}-${item.short}`, display: item.name },
        ...item.loinc.map((code) => ({ system: LOINC, code })),
      ],
      text: item.name,
    },
    subject: visit.patient,
    encounter: visit.encounter,
    effectiveDateTime: inChina(visit.collectedAt),
    issued: inChina(report.issued),
    performer: [visit.performer],
    valueQuantity: quantity(value),
    interpretation: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: flag }] },
    ],
    specimen: { reference: `Specimen/s${report.key}` },
    referenceRange: [{ low: quantity(low), high: quantity(high) }],
  }
}

/** An instant as a hospital in China writes it. */
function inChina(at: number): string {
  return `${new Date(at + 480 * MINUTE).toISOString().slice(0, 19)}+08:00`
}
