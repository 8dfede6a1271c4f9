/** Synthetic messages and documents, written for these tests. */

export interface OruOptions {
  readonly facility?: string
  readonly controlId?: string
  readonly charset?: string
  readonly type?: string
  readonly processing?: string
  readonly at?: string
  readonly reportNo?: string
  readonly status?: string
  readonly changedAt?: string
  readonly collectedAt?: string
  readonly specimen?: string
  /** PID-3 as written. */
  readonly patient?: string
  readonly name?: string
  readonly birthDate?: string
  readonly sex?: string
  /** OBX without their `OBX|n|`. */
  readonly results?: readonly string[]
}

let serial = 0

export const GLUCOSE = 'NM|GLU01^葡萄糖^L||5.60|mmol/l|3.9-6.1|N|||F|||20261123091000'

export function oru(options: OruOptions = {}): string {
  serial += 1
  const {
    facility = 'DY01',
    controlId = `MSG-${serial}`,
    charset = 'UNICODE UTF-8',
    type = 'ORU^R01^ORU_R01',
    processing = 'P',
    at = '20261124093000+0800',
    reportNo = `R-${serial}`,
    status = 'F',
    changedAt = '20261123110000+0800',
    collectedAt = '20261123083000+0800',
    specimen = 'SER&血清&HL70487',
    patient = '',
    name = '',
    birthDate = '',
    sex = '',
    results = [GLUCOSE],
  } = options
  return [
    `MSH|^~\\&|LIS|${facility}|HUB|YMT|${at}||${type}|${controlId}|${processing}|2.4||||||${charset}`,
    `PID|1||${patient}||${name}||${birthDate}|${sex}`,
    'PV1|1|O',
    `OBR|1|A-${serial}|${reportNo}|BIO^生化全套^L|||${collectedAt}|||||||20261123084500+0800|${specimen}|||||||${changedAt}||LAB|${status}`,
    ...results.map((result, index) => `OBX|${index + 1}|${result}`),
    'NTE|1||备注',
    '',
  ].join('\r')
}

export interface CdaOptions {
  readonly documentId?: string
  readonly reportNo?: string
  readonly identity?: string
  /** What stands in `patient` beside the number. */
  readonly said?: string
  readonly custodian?: string
  readonly made?: string
  readonly version?: number
  readonly items?: string
  readonly head?: string
}

const element = (code: string, inner: string, value = ''): string =>
  `<observation classCode="OBS" moodCode="EVN"><code code="${code}" codeSystem="2.16.156.10011.2.2.1"/>${inner}${value}</observation>`

/** One item with specimen, quantity and unit, as entries that follow one another. */
export const cdaItem = (of: {
  code: string
  name?: string
  value: string
  unit?: string
  range?: [string, string]
}): string => {
  const unit =
    of.unit === undefined
      ? ''
      : `<entryRelationship typeCode="COMP">${element('DE04.30.016.00', '', `<value xsi:type="ST">${of.unit}</value>`)}</entryRelationship>`
  const range =
    of.range === undefined
      ? ''
      : `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="${of.range[0]}"/><high value="${of.range[1]}"/></value></observationRange></referenceRange>`
  const specimen = `<entryRelationship typeCode="COMP">${element('DE04.50.134.00', '<effectiveTime><low value="20261123083000"/><high value="20261123084500"/></effectiveTime>', '<value xsi:type="ST">血清</value>')}</entryRelationship><entryRelationship typeCode="COMP">${element('DE04.50.135.00', '', '<value xsi:type="ST">合格</value>')}</entryRelationship>`
  return [
    element(
      'DE04.30.019.00',
      '<effectiveTime value="20261123091000"/>',
      `<value xsi:type="ST"${of.name === undefined ? '' : ` displayName="${of.name}"`}>${of.code}</value>${specimen}${range}`,
    ),
    element('DE04.30.015.00', '', `<value xsi:type="REAL" value="${of.value}"/>${unit}`),
  ]
    .map((one) => `<entry>${one}</entry>`)
    .join('')
}

export function cda(options: CdaOptions = {}): string {
  serial += 1
  const {
    documentId = `DOC-${serial}`,
    reportNo = `CR-${serial}`,
    identity,
    said = '',
    custodian = 'H51060300001',
    made = '20261123120000',
    version,
    items = cdaItem({ code: 'GLU01', name: '葡萄糖', value: '5.60', unit: 'mmol/l', range: ['3.9', '6.1'] }),
    head = '<?xml version="1.0" encoding="UTF-8"?>',
  } = options
  return `${head}<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="CN"/><templateId root="2.16.156.10011.2.1.1.27"/>
<id root="2.16.156.10011.1.1" extension="${documentId}"/><code code="C0007" codeSystem="2.16.156.10011.2.4"/>
<title>检验报告</title><effectiveTime value="${made}"/>${version === undefined ? '' : `<versionNumber value="${version}"/>`}
<recordTarget><patientRole><id root="2.16.156.10011.1.33" extension="${reportNo}"/><id root="2.16.156.10011.1.14" extension="S-${serial}"/>
<patient>${identity === undefined ? '' : `<id root="2.16.156.10011.1.3" extension="${identity}"/>`}${said}</patient></patientRole></recordTarget>
<author><time value="20261123110000"/></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.156.10011.1.5" extension="${custodian}"/></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody><component><section><code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/>${items}</section></component></structuredBody></component>
</ClinicalDocument>`
}
