import table from './r4-structure.json' with { type: 'json' }

/** One member of the JSON objects of a type. */
export interface Field {
  /** Name in JSON, e.g. `valueQuantity`. */
  readonly name: string
  /** Name of the element, e.g. `value`: what FHIRPath goes by. */
  readonly element: string
  /** A primitive, a type of this table, or `Resource` where any resource may stand. */
  readonly type: string
  readonly list: boolean
  /** Least number is 1; of a choice, one of its forms. */
  readonly required: boolean
  readonly choice: boolean
  /** Codes of a required binding. */
  readonly codes?: ReadonlySet<string>
  /** Its extensions stand beside it, under its name with `_` in front. */
  readonly companion: boolean
}

export interface StructureType {
  readonly name: string
  readonly resource: boolean
  readonly fields: readonly Field[]
  /** The field of each member, its companion's name included. */
  readonly members: ReadonlyMap<string, Field>
  /** By element, in the order of the table: the field, or each form of the choice. */
  readonly elements: readonly (readonly [Field, ...Field[]])[]
}

/** What stands where any resource may stand. */
export const ANY_RESOURCE = 'Resource'

const TYPES: Readonly<Record<string, string>> = table.types
const CODES: readonly ReadonlySet<string>[] = table.codes.map((list) => new Set(list.split(' ')))
const ABSTRACT = new Set(['Element', 'BackboneElement', ANY_RESOURCE, 'DomainResource'])
const RESOURCE_BASES = new Set([ANY_RESOURCE, 'DomainResource'])

const read = new Map<string, StructureType>()

/** Names of the types that a resource can have. */
export const RESOURCE_TYPES: ReadonlySet<string> = new Set(
  Object.entries(TYPES).flatMap(([name, line]) =>
    RESOURCE_BASES.has(baseOf(line)) && !ABSTRACT.has(name) ? [name] : [],
  ),
)

/** True for a type with elements of its own; everything else in the table is a primitive. */
export function isComplex(type: string): boolean {
  return Object.hasOwn(TYPES, type)
}

/** Types without a name of their own go by their path, e.g. `Observation.component`. */
export function structureOf(name: string): StructureType {
  const known = read.get(name)
  if (known !== undefined) return known
  const line = TYPES[name]
  if (line === undefined) throw new TypeError(`no type of FHIR R4: ${name}`)
  const [base = '', ...own] = line.split(' ')
  const inherited = base === '' ? [] : structureOf(base).fields
  const fields = [...inherited, ...own.flatMap(readField)]
  const type: StructureType = {
    name,
    resource: RESOURCE_TYPES.has(name),
    fields,
    members: new Map(fields.flatMap((field) => namesOf(field).map((member) => [member, field] as const))),
    elements: [...Map.groupBy(fields, (field) => field.element).values()] as [Field, ...Field[]][],
  }
  read.set(name, type)
  return type
}

const namesOf = (field: Field): readonly string[] => (field.companion ? [field.name, `_${field.name}`] : [field.name])

function baseOf(line: string): string {
  return line.slice(0, line.indexOf(' ') < 0 ? line.length : line.indexOf(' '))
}

/** `name*!:Type=n` or `name[x]!:Type|Type`, as scripts/fhir-schema.mjs writes it. */
const FIELD = /^(?<element>\w+)(?<choice>\[x\])?(?<list>\*)?(?<required>!)?:(?<types>[^=]+)(?:=(?<codes>\d+))?$/

function readField(text: string): readonly Field[] {
  const parts = FIELD.exec(text)?.groups
  if (parts === undefined) throw new TypeError(`not a field: ${text}`)
  const { element = '', choice, list, required, types = '', codes } = parts
  const set = codes === undefined ? undefined : CODES[Number(codes)]
  return types.split('|').map((type) => ({
    name: choice === undefined ? element : element + type.charAt(0).toUpperCase() + type.slice(1),
    element,
    // `@` marks what XML writes as an attribute: a primitive that cannot have extensions.
    type: type.replace('@', ''),
    list: list !== undefined,
    required: required !== undefined,
    choice: choice !== undefined,
    ...(set !== undefined && { codes: set }),
    companion: !isComplex(type) && !type.startsWith('@') && type !== 'xhtml',
  }))
}
