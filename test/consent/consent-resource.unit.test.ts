import { describe, expect, it } from 'vitest'
import { consentResource } from '../../src/consent/consent-resource.ts'
import type { StoredConsent } from '../../src/consent/consent-store.ts'
import { validateResource } from '../../src/fhir/index.ts'

const NOW = new Date('2026-11-24T07:00:00Z')

const stored = (change: Partial<StoredConsent> = {}): StoredConsent => ({
  personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
  consentId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e50',
  decision: 'permit',
  purpose: 'TREAT',
  recipients: ['H51200299001', '510600'],
  dataClasses: ['C4', 'C5'],
  sensitiveClasses: [],
  sources: [],
  separate: true,
  givenBy: 'self',
  giverId: null,
  notice: 'cross-city-records',
  noticeVersion: 1,
  noticeHash: 'a'.repeat(64),
  language: 'zh-CN',
  channel: 'app',
  evidenceRef: 'sign:CD-1',
  givenAt: new Date('2026-11-01T00:00:00Z'),
  validUntil: null,
  recordedClient: 'app',
  recordedCity: '512000',
  withdrawal: null,
  ...change,
})

describe('a consent in FHIR', () => {
  it('is a valid R4 resource in every state', () => {
    const withdrawal = { withdrawnBy: 'self', giverId: null, channel: 'app', withdrawnAt: NOW } as const
    for (const one of [
      stored(),
      stored({ decision: 'deny', sources: ['H51060399001'] }),
      stored({ dataClasses: ['C6'], sensitiveClasses: ['hiv'] }),
      stored({ givenBy: 'guardian', giverId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e51' }),
      stored({ withdrawal }),
    ]) {
      expect(validateResource(consentResource(one, NOW))).toEqual([])
    }
  })

  it('says who may receive what for which purpose', () => {
    expect(consentResource(stored(), NOW)).toMatchObject({
      status: 'active',
      patient: { reference: 'Patient/01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f' },
      provision: {
        type: 'permit',
        period: { start: '2026-11-01T00:00:00.000Z' },
        actor: [
          { role: { coding: [{ code: 'IRCP' }] }, reference: { identifier: { value: 'H51200299001' } } },
          { reference: { identifier: { value: '510600' } } },
        ],
        purpose: [{ code: 'TREAT' }],
        securityLabel: [{ code: 'C4' }, { code: 'C5' }],
      },
    })
  })

  it('is inactive once it was withdrawn or has ended, with the end of its period', () => {
    const withdrawn = { withdrawnBy: 'self', giverId: null, channel: 'app', withdrawnAt: NOW } as const
    const first = consentResource(stored({ withdrawal: withdrawn }), NOW)
    expect([first.status, first.provision?.period?.end]).toEqual(['inactive', NOW.toISOString()])
    const second = consentResource(stored({ validUntil: NOW }), NOW)
    expect([second.status, second.provision?.period?.end]).toEqual(['inactive', NOW.toISOString()])
  })
})
