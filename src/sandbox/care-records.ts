import type { Resource } from './hospital/types.ts'
import type { LabPerson } from './lab-records.ts'
import { createRandom, type Random } from './random.ts'

const ICD10 = 'http://hl7.org/fhir/sid/icd-10'
const HL7 = 'http://terminology.hl7.org/CodeSystem'
const DAY = 86_400_000
const HOUR = 3_600_000

const CONDITIONS = [
  ['I10', '高血压病'],
  ['E11.9', '2型糖尿病'],
  ['J06.9', '急性上呼吸道感染'],
  ['K29.5', '慢性胃炎'],
  ['M51.2', '腰椎间盘突出'],
  ['J45.9', '支气管哮喘'],
] as const
/** Of a special class: shown only with a consent of its own. Few people have it, so that few examples meet it. */
const SPECIAL = ['B24', '人类免疫缺陷病毒病'] as const
const MEDICINES = [
  ['C08CA01', '苯磺酸氨氯地平片 5mg', '口服，一次5mg，一日1次'],
  ['A10BA02', '盐酸二甲双胍片 0.5g', '口服，一次0.5g，一日2次'],
  ['A02BC01', '奥美拉唑肠溶胶囊 20mg', '口服，一次20mg，早餐前'],
  ['R03AC02', '硫酸沙丁胺醇吸入气雾剂', '必要时吸入，一次1～2揿'],
] as const
const ALLERGENS = [
  ['青霉素', 'medication', '皮疹'],
  ['头孢菌素类', 'medication', '瘙痒'],
  ['花生', 'food', '口唇肿胀'],
  ['尘螨', 'environment', '喷嚏、流涕'],
] as const
const VACCINES = [
  ['J07BB02', '流感病毒裂解疫苗'],
  ['J07BC01', '重组乙型肝炎疫苗'],
  ['J07AL01', '23价肺炎球菌多糖疫苗'],
] as const
const PROCEDURES = [
  ['45.13', '胃镜检查'],
  ['89.52', '心电图检查'],
  ['47.01', '腹腔镜下阑尾切除术'],
] as const
const STUDIES = [
  ['CT', '胸部CT平扫', '双肺未见明显活动性病变'],
  ['DX', '胸部正侧位片', '心肺膈未见明显异常'],
  ['US', '腹部彩超', '肝胆胰脾未见明显异常'],
  ['MR', '腰椎MRI平扫', '腰4/5椎间盘轻度膨出'],
] as const

/**
 * What a hospital holds of its patients beside laboratory records: diagnoses, prescriptions, allergies, vaccinations,
 * procedures, imaging, notes. The patients and their newest visit are those of `generateLabRecords`; the same arguments
 * give the same resources.
 */
export function generateCareRecords(
  seed: string,
  persons: readonly LabPerson[],
  hospital: { readonly code: string; readonly name: string },
  now: Date,
): Resource[] {
  return persons.flatMap((person, index) => {
    const number = String(index + 1).padStart(6, '0')
    return recordsOf(createRandom(`care:${seed}:${hospital.code}:${person.id}`), number, hospital, now)
  })
}

function recordsOf(
  random: Random,
  number: string,
  hospital: { readonly code: string; readonly name: string },
  now: Date,
): Resource[] {
  const patient = { reference: `Patient/p${number}` }
  const encounter = { reference: `Encounter/e${number}-1` }
  const performer = { reference: `Organization/${hospital.code}`, display: hospital.name }
  const daysAgo = (from: number, to: number): string =>
    inChina(now.getTime() - random.int(from, to) * DAY - random.int(0, 8) * HOUR)
  const numbered = (kind: string) => [
    { system: `https://yimatong.example/hospital/${hospital.code}/${kind}_no`, value: `${kind}${number}` },
  ]

  const [icd, disease] = random.chance(5) ? SPECIAL : random.pick(CONDITIONS)
  const condition: Resource = {
    resourceType: 'Condition',
    id: `c${number}`,
    identifier: numbered('condition'),
    clinicalStatus: { coding: [{ system: `${HL7}/condition-clinical`, code: 'active' }] },
    verificationStatus: { coding: [{ system: `${HL7}/condition-ver-status`, code: 'confirmed' }] },
    category: [{ coding: [{ system: `${HL7}/condition-category`, code: 'encounter-diagnosis' }] }],
    code: { coding: [{ system: ICD10, code: icd, display: disease }], text: disease },
    subject: patient,
    encounter,
    recordedDate: daysAgo(1, 300),
  }
  const [atc, medicine, dosage] = random.pick(MEDICINES)
  const medication: Resource = {
    resourceType: 'Medication',
    id: `m${number}`,
    status: 'active',
    code: { coding: [{ system: 'http://www.whocc.no/atc', code: atc }], text: medicine },
  }
  const prescription: Resource = {
    resourceType: 'MedicationRequest',
    id: `x${number}`,
    identifier: numbered('prescription'),
    status: 'active',
    intent: 'order',
    category: [{ coding: [{ system: `${HL7}/medicationrequest-category`, code: 'outpatient' }] }],
    medicationReference: { reference: `Medication/m${number}`, display: medicine },
    subject: patient,
    encounter,
    authoredOn: daysAgo(1, 200),
    dosageInstruction: [{ text: dosage }],
  }
  const [vaccine, vaccineName] = random.pick(VACCINES)
  const immunization: Resource = {
    resourceType: 'Immunization',
    id: `v${number}`,
    identifier: numbered('immunization'),
    status: 'completed',
    vaccineCode: { coding: [{ system: 'http://www.whocc.no/atc', code: vaccine }], text: vaccineName },
    patient,
    occurrenceDateTime: daysAgo(30, 700),
    primarySource: true,
  }
  const note: Resource = {
    resourceType: 'DocumentReference',
    id: `d${number}`,
    identifier: numbered('document'),
    status: 'current',
    type: { coding: [{ system: 'http://loinc.org', code: '34108-1' }], text: '门诊病历' },
    category: [{ text: '病历文书' }],
    subject: patient,
    date: daysAgo(1, 120),
    custodian: performer,
    context: { encounter: [encounter] },
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          language: 'zh-CN',
          title: '门诊病历',
          data: Buffer.from(
            `主诉：复诊。诊断：${icd === SPECIAL[0] ? '见诊断记录' : disease}。处理：${medicine}，${dosage}。`,
          ).toString('base64'),
        },
      },
    ],
  }
  const records = [condition, medication, prescription, immunization, note]
  if (random.chance(40)) {
    const [substance, category, reaction] = random.pick(ALLERGENS)
    records.push({
      resourceType: 'AllergyIntolerance',
      id: `a${number}`,
      identifier: numbered('allergy'),
      clinicalStatus: { coding: [{ system: `${HL7}/allergyintolerance-clinical`, code: 'active' }] },
      verificationStatus: { coding: [{ system: `${HL7}/allergyintolerance-verification`, code: 'confirmed' }] },
      type: 'allergy',
      category: [category],
      code: { text: substance },
      patient,
      recordedDate: daysAgo(10, 700),
      reaction: [{ manifestation: [{ text: reaction }] }],
    })
  }
  if (random.chance(50)) {
    const [code, name] = random.pick(PROCEDURES)
    records.push({
      resourceType: 'Procedure',
      id: `q${number}`,
      identifier: numbered('procedure'),
      status: 'completed',
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-9-cm', code }], text: name },
      subject: patient,
      encounter,
      performedDateTime: daysAgo(1, 400),
    })
  }
  if (random.chance(60)) {
    const [modality, name, finding] = random.pick(STUDIES)
    const started = daysAgo(1, 300)
    records.push({
      resourceType: 'ImagingStudy',
      id: `g${number}`,
      identifier: numbered('study'),
      status: 'available',
      subject: patient,
      encounter,
      started,
      numberOfSeries: 1,
      numberOfInstances: 1,
      description: `${name}：${finding}`,
      series: [
        {
          // UUID-derived UIDs of DICOM PS3.5 B.2 need 2.25.; the number is ours and means nothing.
          uid: `2.25.${Number(hospital.code.slice(1))}${Number(number)}`,
          modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: modality },
          description: name,
        },
      ],
    })
  }
  return records
}

/** An instant as a hospital in China writes it. */
function inChina(at: number): string {
  return `${new Date(at + 8 * HOUR).toISOString().slice(0, 19)}+08:00`
}
