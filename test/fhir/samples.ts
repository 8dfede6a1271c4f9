/** Synthetic resources, valid as they stand; a test takes a copy and breaks it. */
export function observation(): Record<string, unknown> {
  return {
    resourceType: 'Observation',
    id: 'o-1',
    meta: { lastUpdated: '2026-02-28T08:00:00.5+08:00', profile: ['http://example.org/profile'] },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">血糖　正常</div>' },
    contained: [{ resourceType: 'Specimen', id: 's', status: 'available', receivedTime: '2026-02-28' }],
    identifier: [{ system: 'urn:oid:1.2.3', value: '7' }],
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '2345-7', display: 'Glucose' }], text: '葡萄糖' },
    subject: { reference: 'Patient/p-1' },
    effectiveDateTime: '2024-02-29T23:59:60+14:00',
    valueQuantity: { value: 6.3, comparator: '<', unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    note: [{ text: 'ok', time: '2026', authorString: 'x' }],
    component: [
      { code: { text: 'a' }, valueInteger: -3 },
      { code: { text: 'b' }, dataAbsentReason: { text: 'unknown' } },
    ],
  }
}

export function patient(): Record<string, unknown> {
  return {
    resourceType: 'Patient',
    id: 'p-1',
    active: true,
    name: [
      {
        use: 'official',
        family: '测',
        given: [null, '试'],
        _given: [{ extension: [{ url: 'http://example.org/e', valueCode: 'masked' }] }, null],
      },
    ],
    gender: 'unknown',
    birthDate: '1990-12-31',
    _birthDate: { extension: [{ url: 'http://example.org/time', valueDateTime: '1990-12-31T01:02:03Z' }] },
    multipleBirthInteger: 2,
    photo: [{ contentType: 'image/png', data: 'AAAA\nBBB=' }],
  }
}

export function bundle(...resources: readonly unknown[]): Record<string, unknown> {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    link: [{ relation: 'self', url: 'http://example.org/fhir/Observation?x=1' }],
    entry: resources.map((resource, at) => ({
      fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
      resource,
      search: { mode: 'match', score: 0.9 },
    })),
  }
}
