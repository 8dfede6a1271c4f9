import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CityCode } from '../codes/index.ts'
import type { Institution, Period, RecognitionFacts, RecognitionPeriod } from '../institutions/index.ts'

/** An institution as it stands in a bundle: what decides about its recognition, and no name. */
export interface InstitutionJson extends RecognitionFacts {
  readonly code: string
  readonly kind: Institution['kind']
  readonly city: CityCode
}

/** So many are written at a time; then the other work of the process gets its turn. */
const AT_A_TIME = 250

/** The part as one line of JSON. */
export async function writeInstitutions(all: Iterable<Institution>): Promise<Buffer> {
  const pieces: string[] = []
  let piece: string[] = []
  for (const one of all) {
    piece.push(JSON.stringify(writeInstitution(one)))
    if (piece.length < AT_A_TIME) continue
    pieces.push(piece.join(','))
    piece = []
    await nextTurn()
  }
  if (piece.length > 0) pieces.push(piece.join(','))
  return Buffer.from(`[${pieces.join(',')}]`)
}

function writeInstitution({ code, kind, city, designations, suspensions, recognitions }: Institution): InstitutionJson {
  return {
    code,
    kind,
    city,
    designations: designations.map(period),
    // Why it is suspended is nobody's business at a counter.
    suspensions: suspensions.map(period),
    recognitions: recognitions.map(({ insuredCity, from, to }): RecognitionPeriod => ({ insuredCity, from, to })),
  }
}

const period = ({ from, to }: Period): Period => ({ from, to })

/** By code. The part is signed by the hub: its form is trusted once its digest is. */
export function readInstitutions(text: string): ReadonlyMap<string, InstitutionJson> {
  const all = JSON.parse(text) as readonly InstitutionJson[]
  return new Map(all.map((one) => [one.code, one]))
}
