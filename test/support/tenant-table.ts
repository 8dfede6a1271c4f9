// Who sees what belongs to an institution, a city or a person. A Chengdu patient was treated and settled at the
// hospital of Deyang: Chengdu is the insured side, Deyang the side of treatment, everybody else is a stranger.

export const CITIES = { chengdu: '510100', deyang: '510600', meishan: '511400', ziyang: '512000' } as const
export type City = keyof typeof CITIES
/** A role and its city, as the sandbox has them; a pharmacy of Chengdu, for only there all roles differ. */
export type Who = `${'hospital' | 'bureau' | 'issuer'} ${City}` | 'pharmacy' | 'operator'

export const MONTH = '2026-11'
export const DAY = '2026-11-24'

/** What the table's addresses and bodies name. */
export interface World {
  readonly claimId: string
  readonly setlId: string
  /** Of the hospital of Deyang, which sent it. */
  readonly statementId: string
  readonly personId: string
  readonly cardId: string
  /** Registered by Chengdu for the person. */
  readonly carrierId: string
  /** Who acts for the person, as Chengdu recorded. */
  readonly familyId: string
  readonly linkId: string
  /** A key of Chengdu's. */
  readonly kid: string
  readonly hospital: string
  readonly bill: object
}
export interface Row {
  readonly who: Who
  /** Address and body; a POST where there is a body. */
  readonly ask: (of: World) => { readonly url: string; readonly body?: object; readonly key?: string }
  readonly status: number
  /** What of the answer tells whose it is, or how it lies to the world. */
  readonly shows?: { readonly of: (answer: never, world: World) => unknown; readonly is: unknown }
}

/** The same request by several callers: each with the status it gets. */
const each = (ask: Row['ask'], byWho: Partial<Record<Who, number>>): Row[] =>
  Object.entries(byWho).map(([who, status]) => ({ who: who as Who, ask, status }))

const claimOf = (path: string, byWho: Partial<Record<Who, number>>): Row[] =>
  each((of) => ({ url: `/settlement/claims/${of.claimId}${path}` }), byWho)

const cardsOf = (path: string, body: object, byWho: Partial<Record<Who, number>>): Row[] =>
  each((of) => ({ url: `/cards/${of.cardId}/${path}`, body }), byWho)

const carriersOf = (path: string, body: object, byWho: Partial<Record<Who, number>>): Row[] =>
  each((of) => ({ url: `/cards/carriers/${of.carrierId}/${path}`, body }), byWho)

/** A list of what is the person's: how many of them the caller sees. */
const listed = (url: string, who: Who, member: string, count: number): Row => ({
  who,
  ask: ({ personId }) => ({ url: `${url}?personId=${personId}` }),
  status: 200,
  shows: { of: (answer: Record<string, unknown[]>) => answer[member]?.length, is: count },
})

const strangersToTheClaim = {
  'hospital chengdu': 404,
  'hospital meishan': 404,
  pharmacy: 404,
  'bureau meishan': 404,
  'bureau ziyang': 404,
} as const
const sides = { 'hospital deyang': 200, 'bureau deyang': 200, 'bureau chengdu': 200 } as const

const totals = (who: Who, groups: number): Row => ({
  who,
  ask: () => ({ url: `/reconciliation/totals?date=${DAY}` }),
  status: 200,
  shows: { of: (answer: { groups: unknown[] }) => answer.groups.length, is: groups },
})

const positions = (who: Who, pairs: readonly string[]): Row => ({
  who,
  ask: () => ({ url: `/clearing/positions?month=${MONTH}` }),
  status: 200,
  shows: {
    of: (answer: { detail: { payer: string; payee: string }[] }) => [
      ...new Set(answer.detail.map((one) => `${one.payer} pays ${one.payee}`)),
    ],
    is: pairs,
  },
})

const figures = (who: Who, recognised: number): Row => ({
  who,
  ask: () => ({ url: `/recognition/figures?month=${MONTH}` }),
  status: 200,
  shows: { of: (answer: { recognised: number }) => answer.recognised, is: recognised },
})

/** The Deyang hospital decided on a result of the Chengdu hospital: one list for the receiver, one for the issuer. */
const decisions = (who: Who, decided: number, issued: number): Row => ({
  who,
  ask: ({ personId }) => ({ url: `/recognition/decisions?personId=${personId}` }),
  status: 200,
  shows: {
    of: (answer: { decided: unknown[]; issued: unknown[] }) => [answer.decided.length, answer.issued.length],
    is: [decided, issued],
  },
})

/** A statement that names a settlement of the Deyang hospital: to another it is one that the centre does not have. */
const statement = (who: Who, difference: string): Row => ({
  who,
  ask: ({ setlId }) => ({
    url: '/reconciliation/statements',
    body: {
      date: DAY,
      groups: [],
      details: [
        { setl_id: setlId, medfee_sumamt: '1.00', fund_pay_sumamt: '0.00', acct_pay: '0.00', refd_setl_flag: '0' },
      ],
    },
  }),
  status: 200,
  shows: {
    of: (answer: { differences: { class: string; center?: unknown }[] }) =>
      answer.differences.map((one) => `${one.class}${one.center === undefined ? '' : ' with the centre’s amounts'}`),
    is: [difference],
  },
})

const isTheClaim = (answer: { claim_id: string }, { claimId }: World) => answer.claim_id === claimId

const lateInsurance = (city: City) => ({
  insuredCity: CITIES[city],
  insutype: '390',
  psnType: '15',
  from: '1990-01-01',
  to: '1990-12-31',
})
const newPerson = (city: City) => ({
  name: '张示例',
  sex: 'male',
  birthDate: '1900-01-01',
  identifiers: [{ type: 'resident-id', value: '510104190001019995' }],
  insurances: [lateInsurance(city)],
})

/** In this order: the rows that change what others read come last. */
export const TENANTS: Readonly<Record<string, readonly Row[]>> = {
  'GET /settlement/claims/:id': claimOf('', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/trace': claimOf('/trace', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/slip': claimOf('/slip', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/slip.html': claimOf('/slip.html', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/entries': [
    ...claimOf('/entries', { 'bureau meishan': 404, 'bureau ziyang': 404 }),
    ...(['deyang', 'chengdu'] as const).map(
      (city): Row => ({
        who: `bureau ${city}`,
        ask: ({ claimId }) => ({ url: `/settlement/claims/${claimId}/entries` }),
        status: 200,
        shows: { of: (answer: { book: string }) => answer.book, is: CITIES[city] },
      }),
    ),
  ],
  'GET /reconciliation/totals': [
    totals('hospital deyang', 1),
    totals('hospital chengdu', 0),
    totals('hospital meishan', 0),
    totals('pharmacy', 0),
  ],
  'POST /reconciliation/statements': [
    statement('hospital deyang', 'AMOUNT_DIFF with the centre’s amounts'),
    statement('hospital meishan', 'PROVIDER_ONLY'),
    statement('pharmacy', 'PROVIDER_ONLY'),
  ],
  'GET /reconciliation/statements/:id/differences': each(
    ({ statementId }) => ({ url: `/reconciliation/statements/${statementId}/differences` }),
    { 'hospital deyang': 200, 'hospital meishan': 404, pharmacy: 404 },
  ),
  'GET /clearing/positions': [
    positions('bureau chengdu', ['510100 pays 510600']),
    positions('bureau deyang', ['510100 pays 510600']),
    positions('operator', ['510100 pays 510600']),
    positions('bureau meishan', []),
    positions('bureau ziyang', []),
  ],
  'GET /recognition/figures': [
    figures('hospital deyang', 1),
    figures('hospital meishan', 0),
    ...each(({ hospital }) => ({ url: `/recognition/figures?month=${MONTH}&institution=${hospital}` }), {
      'bureau deyang': 200,
      'bureau chengdu': 404,
      'hospital chengdu': 404,
    }),
  ],
  'GET /recognition/figures.csv': each(
    ({ hospital }) => ({ url: `/recognition/figures.csv?month=${MONTH}&institution=${hospital}` }),
    { 'hospital deyang': 200, 'bureau deyang': 200, 'hospital chengdu': 404, 'bureau meishan': 404 },
  ),
  'POST /recognition/figures/links': each(
    ({ hospital }) => ({ url: '/recognition/figures/links', body: { month: MONTH, institution: hospital } }),
    { 'hospital deyang': 200, 'bureau deyang': 200, 'hospital ziyang': 404, 'bureau chengdu': 404 },
  ),
  'GET /recognition/decisions': [
    decisions('hospital deyang', 1, 0),
    decisions('hospital chengdu', 0, 1),
    decisions('hospital meishan', 0, 0),
  ],
  'GET /cards/:id': each(({ cardId }) => ({ url: `/cards/${cardId}` }), {
    'issuer chengdu': 200,
    'issuer deyang': 404,
    'issuer meishan': 404,
    'issuer ziyang': 404,
    // Whoever treats the holder may: the card was shown there.
    'hospital deyang': 200,
  }),
  'GET /cards': [
    listed('/cards', 'issuer chengdu', 'cards', 1),
    listed('/cards', 'issuer deyang', 'cards', 0),
    listed('/cards', 'hospital deyang', 'cards', 1),
  ],
  'GET /cards/:id/history': each(({ cardId }) => ({ url: `/cards/${cardId}/history` }), {
    'issuer chengdu': 200,
    'issuer deyang': 404,
    'issuer ziyang': 404,
  }),
  'GET /cards/:id/code.svg': each(({ cardId }) => ({ url: `/cards/${cardId}/code.svg?kind=static` }), {
    'issuer deyang': 404,
    'issuer meishan': 404,
    'issuer chengdu': 200,
  }),
  'POST /cards/:id/code': cardsOf('code', {}, { 'issuer deyang': 404, 'issuer ziyang': 404, 'issuer chengdu': 200 }),
  'POST /cards/:id/suspension': cardsOf(
    'suspension',
    { reason: 'lost' },
    { 'issuer deyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/:id/loss': [
    ...each(({ cardId }) => ({ url: `/cards/${cardId}/loss`, body: {} }), {
      'issuer deyang': 404,
      'hospital deyang': 422,
      'issuer chengdu': 200,
    }),
    // Whoever has identified the holder may freeze the card, and nobody else's.
    ...each(({ cardId, personId }) => ({ url: `/cards/${cardId}/loss`, body: { personId } }), {
      'hospital deyang': 200,
    }),
    ...each(({ cardId, familyId }) => ({ url: `/cards/${cardId}/loss`, body: { personId: familyId } }), {
      'hospital deyang': 404,
    }),
  ],
  'POST /cards/:id/restoration': cardsOf(
    'restoration',
    { reason: 'error' },
    { 'issuer meishan': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/:id/revocation': cardsOf(
    'revocation',
    { reason: 'lost' },
    { 'issuer deyang': 404, 'issuer ziyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/:id/renewal': cardsOf('renewal', {}, { 'issuer deyang': 404, 'issuer chengdu': 409 }),
  'POST /cards/:id/replacement': cardsOf('replacement', {}, { 'issuer deyang': 404, 'issuer chengdu': 409 }),
  'POST /cards': (['chengdu', 'ziyang'] as const).map(
    (city): Row => ({
      who: `issuer ${city}`,
      ask: ({ personId }) => ({ url: '/cards', body: { personId } }),
      status: 201,
      shows: { of: (answer: { issuer: string }) => answer.issuer, is: CITIES[city] },
    }),
  ),
  'GET /cards/carriers': [
    listed('/cards/carriers', 'issuer chengdu', 'carriers', 1),
    listed('/cards/carriers', 'issuer deyang', 'carriers', 0),
  ],
  'GET /cards/carriers/:id/history': each(({ carrierId }) => ({ url: `/cards/carriers/${carrierId}/history` }), {
    'issuer deyang': 404,
    'issuer chengdu': 200,
  }),
  'POST /cards/carriers/:id/suspension': carriersOf(
    'suspension',
    { reason: 'lost' },
    { 'issuer deyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/carriers/:id/restoration': carriersOf(
    'restoration',
    { reason: 'error' },
    { 'issuer ziyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/carriers/:id/revocation': carriersOf(
    'revocation',
    { reason: 'lost' },
    { 'issuer meishan': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/carriers': (['chengdu', 'ziyang'] as const).map(
    (city): Row => ({
      who: `issuer ${city}`,
      ask: ({ personId }) => ({
        url: '/cards/carriers',
        body: { personId, kind: 'insurance-voucher', number: `T${CITIES[city]}` },
      }),
      status: 201,
      shows: { of: (answer: { issuer: string }) => answer.issuer, is: CITIES[city] },
    }),
  ),
  'POST /issuers/:city/keys/:kid/retirement': each(
    ({ kid }) => ({ url: `/issuers/510100/keys/${kid}/retirement`, body: { verifyUntil: '2031-12-01T00:00:00.000Z' } }),
    { 'issuer deyang': 404, 'issuer chengdu': 200, operator: 200 },
  ),
  'POST /issuers/:city/keys': each(() => ({ url: '/issuers/510100/keys', body: { use: 'health' } }), {
    'issuer deyang': 404,
    'issuer chengdu': 201,
    operator: 201,
  }),
  'POST /people/:id/guardians/:linkId/end': each(
    ({ personId, linkId }) => ({ url: `/people/${personId}/guardians/${linkId}/end`, body: { reason: 'withdrawn' } }),
    { 'issuer deyang': 404, 'issuer ziyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /people': [
    ...each(() => ({ url: '/people', body: newPerson('chengdu') }), {
      'hospital deyang': 403,
      'bureau deyang': 403,
      'issuer meishan': 403,
      'bureau chengdu': 201,
    }),
  ],
  'POST /people/:id/insurances': each(
    ({ personId }) => ({ url: `/people/${personId}/insurances`, body: lateInsurance('chengdu') }),
    { 'bureau deyang': 403, 'issuer ziyang': 403, 'bureau chengdu': 201 },
  ),
  'POST /catalogue/imports': each(
    () => ({
      url: '/catalogue/imports',
      body: {
        content:
          'insu_admdvs,hilist_code,hilist_name,begndate,list_type,med_chrgitm_type,chrgitm_lv,selfpay_prop,source_document\n510100,T000199999,示例饮片,2026-01-01,102,10,01,0,示例文件',
        apply: true,
      },
    }),
    { 'bureau deyang': 422, 'bureau ziyang': 422, 'bureau chengdu': 200, operator: 200 },
  ),
  'POST /people/:id/insurances/:from/changes': each(
    ({ personId }) => ({
      url: `/people/${personId}/insurances/1990-01-01/changes`,
      body: { kind: 'end', on: '1990-12-30', reason: '测试' },
    }),
    { 'bureau deyang': 403, 'bureau ziyang': 403, 'bureau chengdu': 201 },
  ),
  'POST /institutions/:code/suspensions': each(
    ({ hospital }) => ({
      url: `/institutions/${hospital}/suspensions`,
      body: { from: '2027-01-01', to: '2027-01-31', reason: '协议中止' },
    }),
    { 'bureau chengdu': 404, 'bureau meishan': 404, 'bureau ziyang': 404, 'bureau deyang': 201 },
  ),
  'POST /settlement/claims': [
    // The key belongs to the institution: under it others get a claim of their own, never this one's answer.
    {
      who: 'hospital deyang',
      ask: ({ bill }) => ({ url: '/settlement/claims', body: bill, key: 'the-claim' }),
      status: 201,
      shows: { of: isTheClaim, is: true },
    },
    {
      who: 'hospital meishan',
      ask: ({ bill }) => ({ url: '/settlement/claims', body: bill, key: 'the-claim' }),
      status: 201,
      shows: { of: isTheClaim, is: false },
    },
    ...each(({ bill, hospital }) => ({ url: '/settlement/claims', body: { ...bill, fixmedins_code: hospital } }), {
      'hospital meishan': 400,
      pharmacy: 400,
    }),
  ],
  'POST /settlement/claims/:id/reversal': each(
    ({ claimId }) => ({ url: `/settlement/claims/${claimId}/reversal`, body: {} }),
    { 'hospital chengdu': 404, 'hospital meishan': 404, pharmacy: 404, 'hospital deyang': 201 },
  ),
}

const OPERATOR = 'the operator’s alone, who acts for all four cities'
const PUBLIC_REGISTER = 'the register of designated institutions is the same for all'
const SHARED =
  'what one city knows of a person is what the others ask the hub for: masked, with an audit event for each'

/** Routes whose answer is nobody's own. */
export const NO_TENANT: Readonly<Record<string, string>> = {
  'GET /institutions': PUBLIC_REGISTER,
  'GET /institutions/:code': PUBLIC_REGISTER,
  'GET /institutions/:code/recognition': PUBLIC_REGISTER,
  'GET /people/:id': SHARED,
  'POST /people/search': SHARED,
  'GET /people/:id/guardians': SHARED,
  'POST /people/:id/guardians': 'a link is recorded as the token’s own city, for any registered person',
  'POST /fhir/Patient/$match': SHARED,
  'GET /fhir/AllergyIntolerance': SHARED,
  'POST /fhir/AllergyIntolerance/_search': SHARED,
  'GET /fhir/AllergyIntolerance/:id': SHARED,
  'GET /fhir/Condition': SHARED,
  'POST /fhir/Condition/_search': SHARED,
  'GET /fhir/Condition/:id': SHARED,
  'GET /fhir/DiagnosticReport': SHARED,
  'POST /fhir/DiagnosticReport/_search': SHARED,
  'GET /fhir/DiagnosticReport/:id': SHARED,
  'GET /fhir/DocumentReference': SHARED,
  'POST /fhir/DocumentReference/_search': SHARED,
  'GET /fhir/DocumentReference/:id': SHARED,
  'GET /fhir/Encounter': SHARED,
  'POST /fhir/Encounter/_search': SHARED,
  'GET /fhir/Encounter/:id': SHARED,
  'GET /fhir/ImagingStudy': SHARED,
  'POST /fhir/ImagingStudy/_search': SHARED,
  'GET /fhir/ImagingStudy/:id': SHARED,
  'GET /fhir/Immunization': SHARED,
  'POST /fhir/Immunization/_search': SHARED,
  'GET /fhir/Immunization/:id': SHARED,
  'GET /fhir/MedicationRequest': SHARED,
  'POST /fhir/MedicationRequest/_search': SHARED,
  'GET /fhir/MedicationRequest/:id': SHARED,
  'GET /fhir/Observation': SHARED,
  'POST /fhir/Observation/_search': SHARED,
  'GET /fhir/Observation/:id': SHARED,
  'GET /fhir/Procedure': SHARED,
  'POST /fhir/Procedure/_search': SHARED,
  'GET /fhir/Procedure/:id': SHARED,
  'GET /fhir/Patient': SHARED,
  'POST /fhir/Patient/_search': SHARED,
  'GET /fhir/Patient/:id': SHARED,
  'GET /fhir/Patient/:id/$everything': SHARED,
  'GET /catalogue/items': 'the catalogues of all cities are public to those who settle',
  'GET /catalogue/limits': 'the same',
  'GET /catalogue/items/:code/terms': 'the same',
  'GET /catalogue/differences': 'the cities compare with each other',
  'GET /catalogue/differences.csv': 'the same',
  'GET /catalogue/differences.txt': 'the same',
  'POST /recognition/decisions': 'a decision on a shared result, made and counted as the token’s own institution',
  'GET /recognition/items': 'the catalogue is the same for all',
  'GET /recognition/reasons': 'the reasons are the same for all',
  'POST /recognition/check-order':
    'results of the other houses, as in any search, judged for the token’s own institution',
  'POST /recognition/orders': 'the same, kept and counted as the token’s own institution',
  'GET /recognition/register': OPERATOR,
  'POST /recognition/register': OPERATOR,
  'POST /cards/verify': 'a card is good in all four cities: whoever shows it lets it be read',
  'POST /cards/verify-batch': 'as each of its items alone',
  'POST /cards/verify-carrier': 'like a card: whoever shows it lets it be read',
  'POST /settlement/trials': 'a calculation for the token’s own institution, of which nothing is kept',
  'GET /records/hospitals': OPERATOR,
  'GET /labs/senders': OPERATOR,
  'PUT /labs/senders/:facility': OPERATOR,
  'GET /routing/destinations': OPERATOR,
  'PUT /routing/destinations/:code': OPERATOR,
  'POST /routing/destinations/:code/pause': OPERATOR,
  'POST /routing/destinations/:code/resume': OPERATOR,
  'GET /routing/rules': OPERATOR,
  'PUT /routing/rules': OPERATOR,
  'GET /routing/channels': OPERATOR,
  'PUT /routing/channels': OPERATOR,
  'POST /fhir/$process-message': 'a message is sent as the token’s own institution; its ids are that institution’s own',
  'POST /fhir/Subscription': 'a subscription is that of the token’s own institution',
  'PUT /records/hospitals/:code': OPERATOR,
  'POST /healthcodes/orders': 'an order is that of the token’s own city',
  'POST /healthcodes/issuers':
    'foreign issuers are the same for all; a city’s own table is refused to others by a fault of the body',
  'GET /healthcodes/issuers': 'whom health codes are believed is the same for all',
  'POST /consents': 'a person decides through the app of whichever city it uses; the decision holds in all four',
  'POST /consents/:id/withdrawal': 'taking back is as easy as giving: in the app of any of the four cities',
  'GET /consents/accesses': 'the person asks who read its data, in the app of any of the four cities',
  'GET /consents/export': 'the person takes its data, in the app of any of the four cities',
  'GET /healthcodes/policy': 'figures of policy are the same for all',
  'POST /healthcodes/verify': 'a code is good in all four cities: whoever shows it lets it be read',
  'POST /healthcodes/appeals': 'whoever helps a person files; the city that set the level decides',
}

/** Routes whose boundary needs two cities with an emergency order: test/healthcodes/tenants.db.test.ts. */
export const TESTED_APART: readonly string[] = [
  // Visits, settlements and messages of an institution and of another: test/nhsa/attacks.db.test.ts.
  'POST /nhsa',
  'POST /nhsa/:infno',
  // The holder's own city and another: test/settlement/counter.db.test.ts.
  'POST /settlement/family-accounts',
  // Visits of an institution and of another: test/settlement/visit/tenants.db.test.ts.
  'POST /settlement/visits/outpatient',
  'POST /settlement/visits/inpatient',
  'POST /settlement/visits/:id/registration/cancel',
  'POST /settlement/visits/:id/admission/cancel',
  'POST /settlement/visits/:id/notes',
  'POST /settlement/visits/:id/lines',
  'POST /settlement/visits/:id/lines/remove',
  'POST /settlement/visits/:id/discharge',
  'POST /settlement/visits/:id/discharge/cancel',
  'POST /settlement/visits/:id/trial',
  'POST /settlement/visits/:id/settlements',
  'GET /settlement/visits/:id/settlements/:setl',
  'POST /settlement/visits/:id/settlements/:setl/undo',
  'POST /settlement/visits/pharmacy/trial',
  'POST /settlement/visits/pharmacy',
  'POST /settlement/visits/compensations',
  'GET /settlement/visits',
  'GET /settlement/visits/in-hospital',
  // Messages between hospitals: test/routing/tenants.db.test.ts.
  'GET /routing/messages',
  'GET /routing/messages/:id',
  'GET /routing/messages/:id/body',
  'GET /routing/dead-letters',
  'POST /routing/rerun',
  'GET /fhir/Subscription',
  'GET /fhir/Subscription/:id',
  'DELETE /fhir/Subscription/:id',
  // Need rows that may be one person: test/people/candidates.db.test.ts and merges.db.test.ts.
  'GET /people/candidates',
  'POST /people/candidates/:pairId/decision',
  'POST /people/merges',
  'POST /people/merges/:mergeId/undo',
  'GET /people/merges',
  // What a city noted of a person, and what another sees of it: test/people/insurance.db.test.ts.
  'GET /people/:id/insurances',
  'POST /people/:id/identities',
  'POST /people/:id/identities/:identityId/end',
  // Numbers of a hospital and of another: test/people/fhir.db.test.ts.
  'POST /people/:id/local-ids',
  'POST /people/local-ids/end',
  'PUT /people/local-systems',
  'GET /people/local-systems',
  'POST /fhir/Patient/$ihe-pix',
  'GET /fhir/Patient/$ihe-pix',
  // Local codes of a hospital and of another: test/mappings/mappings.db.test.ts.
  'POST /mappings',
  'POST /mappings/import',
  'POST /mappings/confirmation',
  'POST /mappings/retirement',
  'GET /mappings',
  'GET /mappings/unmapped',
  // Senders of a hospital and of another: test/labs/*.db.test.ts.
  'POST /labs/hl7v2',
  'POST /labs/cda',
  'GET /labs/reviews',
  'POST /labs/reviews/:id/retry',
  'POST /labs/reviews/:id/discard',
  'GET /labs/purges',
  // Consents that name one hospital, its own patients, its emergency accesses: test/consent/*.db.test.ts.
  'GET /consents',
  'GET /fhir/Consent',
  'GET /consents/withdrawals',
  'POST /consents/relationships',
  'POST /consents/relationships/:id/end',
  'GET /consents/relationships',
  'POST /consents/overrides',
  'GET /consents/overrides',
  'POST /consents/overrides/:id/review',
  // Events of several institutions and cities: test/audit/fhir.db.test.ts.
  'GET /fhir/AuditEvent',
  'GET /fhir/AuditEvent/:id',
  // Needs a corrected report: test/recognition/reopened.db.test.ts.
  'GET /recognition/decisions/reopened',
  'POST /healthcodes/orders/:id/approval',
  'POST /healthcodes/orders/:id/end',
  'GET /healthcodes/orders',
  'POST /healthcodes/issuers/:id/approval',
  'POST /healthcodes/issuers/:id/withdrawal',
  'POST /healthcodes/changes',
  'POST /healthcodes/changes/:id/approval',
  'GET /healthcodes/changes',
  'GET /healthcodes/changes/:id',
  'GET /healthcodes/people/:id',
  'POST /healthcodes/people/:id/code',
  'GET /healthcodes/verifications',
  'GET /healthcodes/appeals/:id',
  'GET /healthcodes/appeals',
  'POST /healthcodes/appeals/:id/second',
  'POST /healthcodes/appeals/:id/decision',
  'GET /healthcodes/purges',
  'GET /healthcodes/purges/preview',
  'POST /healthcodes/holds',
  'POST /healthcodes/holds/:id/release',
  'GET /healthcodes/holds',
]
