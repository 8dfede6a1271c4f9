import type { BillBody } from '../src/settlement/schema.ts'

export type Bill = BillBody

const LINES = 10

/** An outpatient bill of ten lines of all three classes, the same shape for everybody; 268.50 yuan in all. */
export function billOf(personId: string): Bill {
  const lines = Array.from({ length: LINES }, (_, at): Bill['lines'][number] => {
    const level = (['01', '01', '02', '01', '03'] as const)[at % 5] ?? '01'
    const amount = at === LINES - 1 ? '52.50' : '24.00'
    return {
      feedetl_sn: String(at + 1),
      med_list_codg: `XA02BCA159A00101010144${at}`,
      chrgitm_lv: level,
      det_item_fee_sumamt: amount,
      cnt: '1',
      pric: amount,
      ...(level === '02' ? { selfpay_prop: '0.1000' } : {}),
    }
  })
  return { person_id: personId, med_type: '11', medfee_sumamt: '268.50', lines }
}
