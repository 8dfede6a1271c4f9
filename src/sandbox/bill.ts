/** An outpatient bill of one 甲 line: everything in scope, so that the amounts can be followed by eye. */
export const outpatientBill = (personId: string, amount: string, acctUsedFlag: '0' | '1') => ({
  person_id: personId,
  med_type: '11',
  acct_used_flag: acctUsedFlag,
  medfee_sumamt: amount,
  lines: [
    {
      feedetl_sn: '1',
      med_list_codg: '002101030160000',
      chrgitm_lv: '01',
      det_item_fee_sumamt: amount,
      cnt: '1',
      pric: amount,
    },
  ],
})
