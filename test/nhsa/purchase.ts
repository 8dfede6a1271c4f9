import { type Enrolled, personFields } from './his/patient.ts'

/** Input of 2102: ten of one item for 500.00, without the account. */
export const purchaseOf = (of: Enrolled, time: string, shown: object = {}) => ({
  druginfo: {
    ...personFields(of),
    ...shown,
    begntime: time,
    medfee_sumamt: '500.00',
    acct_used_flag: '0',
    med_type: '41',
    invono: '',
  },
  drugdetail: [
    {
      feedetl_sn: '1',
      rx_circ_flag: '0',
      fee_ocur_time: time,
      med_list_codg: 'XA01',
      medins_list_codg: 'L1',
      det_item_fee_sumamt: '500.00',
      cnt: '10',
      pric: '50',
    },
  ],
})
