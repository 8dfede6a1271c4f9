/** A person who acts, as the token and the request name one: a client and a staff number. */
export interface Party {
  readonly clientId: string
  readonly officer: string
}

/**
 * What one local code of a hospital means. `laboratory`, `specimen` and `method` narrow it down; null means whichever.
 */
export interface CodeMapping {
  readonly institution: string
  readonly laboratory: string | null
  /** URI of the hospital's own code system, or of one laboratory's. */
  readonly localSystem: string
  readonly localCode: string
  readonly specimen: string | null
  readonly method: string | null
  /** Code of a catalogue item. */
  readonly item: string | null
  readonly loinc: string | null
  /** The unit as the laboratory writes it. Null with a `ucum`: it writes none, and the value is a pure number. */
  readonly unit: string | null
  readonly ucum: string | null
  /** Value in `ucum` = value as reported * factor; null where the units are the same and only spelled differently. */
  readonly factor: string | null
  /** Where the reference range comes from. */
  readonly rangeSource: string | null
  readonly version: number
  /** Days of the test for which it holds, both included; `to` null means open. */
  readonly from: string
  readonly to: string | null
}

export type MappingState = 'proposed' | 'confirmed' | 'retired'

/** What somebody proposes: the version is given by the table. */
export type MappingDraft = Omit<CodeMapping, 'institution' | 'version'> & { readonly display: string | null }

export interface MappingRecord extends CodeMapping {
  readonly mappingId: string
  readonly display: string | null
  readonly state: MappingState
  readonly proposedBy: Party
  readonly confirmedBy: Party | null
  readonly retiredBy: Party | null
}

/** A code as it came with a result. */
export interface LocalResultCode {
  readonly laboratory: string | null
  readonly localSystem: string
  readonly localCode: string
  readonly specimen: string | null
  readonly method: string | null
}

export type MappingProblem = 'no-mapping' | 'ambiguous' | 'unit-missing' | 'unit-unknown'

/** Something that no confirmed mapping explains. Holds no value and nothing about a person. */
export interface UnmappedSighting extends LocalResultCode {
  readonly institution: string
  readonly unit: string | null
  readonly problem: MappingProblem
  /** What the laboratory calls the item. */
  readonly display: string | null
}

export interface UnmappedCode extends UnmappedSighting {
  readonly seen: number
  readonly firstSeen: Date
  readonly lastSeen: Date
}
