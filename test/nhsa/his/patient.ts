import type { His } from './client.ts'

/** Who stands at the counter, with an identity card. */
export interface Patient {
  readonly name: string
  readonly idNumber: string
}

/** What 1101 told of the patient: the active enrolment whose values every later call carries. */
export interface Enrolled extends Patient {
  readonly psnNo: string
  readonly insutype: string
  readonly psnType: string
  readonly insuplcAdmdvs: string
  readonly balc: string
}

/** 1101, by the identity number (mdtrt_cert_type 02). */
export async function readPerson(his: His, patient: Patient): Promise<Enrolled> {
  const { baseinfo, insuinfo } = await his.call('1101', {
    data: {
      mdtrt_cert_type: '02',
      mdtrt_cert_no: patient.idNumber,
      card_sn: '',
      begntime: '',
      psn_cert_type: '01',
      certno: patient.idNumber,
      psn_name: patient.name,
    },
  })
  const active = insuinfo.find((one: { psn_insu_stas: string }) => one.psn_insu_stas === '1')
  if (active === undefined) throw new Error('no active enrolment')
  return {
    ...patient,
    psnNo: baseinfo.psn_no,
    insutype: active.insutype,
    psnType: active.psn_type,
    insuplcAdmdvs: active.insuplc_admdvs,
    balc: active.balc,
  }
}

/** The fields by which most transactions name the patient and what was shown. */
export const personFields = (of: Enrolled) => ({
  psn_no: of.psnNo,
  insutype: of.insutype,
  mdtrt_cert_type: '02',
  mdtrt_cert_no: of.idNumber,
  card_sn: '',
  psn_cert_type: '01',
  certno: of.idNumber,
  psn_type: of.psnType,
  psn_name: of.name,
})

/** 2001: the funds of which the patient may have the help. */
export async function checkTreatment(his: His, of: Enrolled, medType: string, begntime: string): Promise<string[]> {
  const { trtinfo } = await his.call(
    '2001',
    {
      data: {
        psn_no: of.psnNo,
        insutype: of.insutype,
        fixmedins_code: his.config.fixmedinsCode,
        med_type: medType,
        begntime,
        endtime: '',
        dise_codg: '',
        dise_name: '',
        oprn_oprt_code: '',
        oprn_oprt_name: '',
        matn_type: '',
        birctrl_type: '',
        exp_content: '',
      },
    },
    { insuplcAdmdvs: of.insuplcAdmdvs },
  )
  return trtinfo
    .filter((one: { trt_enjymnt_flag: string }) => one.trt_enjymnt_flag === '1')
    .map((one: { fund_pay_type: string }) => one.fund_pay_type)
}
