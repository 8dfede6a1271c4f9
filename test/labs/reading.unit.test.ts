import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testedOn } from '../../src/labs/build-resources.ts'
import { parseMessage, readDelimiters } from '../../src/labs/hl7v2/message.ts'
import { createFrames, frame } from '../../src/labs/mllp/frames.ts'
import { isAmong, isNetwork } from '../../src/labs/peer.ts'
import { conditionCodeOf, isUnfit, resultCodeOf, specimenCodeOf } from '../../src/labs/terms.ts'
import { instantOf, toDateTime } from '../../src/labs/times.ts'
import type { LabReport } from '../../src/labs/types.ts'
import { readFlags, readRange, readValue } from '../../src/labs/values.ts'

describe('a value', () => {
  it.each<[string, object]>([
    ['5.60', { kind: 'number', number: '5.60', comparator: null }],
    ['<0.5', { kind: 'number', number: '0.5', comparator: '<' }],
    ['≥ 100', { kind: 'number', number: '100', comparator: '>=' }],
    ['-3.2', { kind: 'number', number: '-3.2', comparator: null }],
    ['+007.50', { kind: 'number', number: '7.50', comparator: null }],
    ['0.0', { kind: 'number', number: '0.0', comparator: null }],
    ['1:128', { kind: 'titre', numerator: '1', denominator: '128' }],
    ['阴性', { kind: 'text', text: '阴性' }],
    ['5,6', { kind: 'text', text: '5,6' }],
    ['5.6 mmol/L', { kind: 'text', text: '5.6 mmol/L' }],
    ['2+', { kind: 'text', text: '2+' }],
    ['', { kind: 'none' }],
  ])('"%s" is read for what it is', (text, expected) => {
    expect(readValue(text)).toEqual(expected)
  })

  it('that is a number is a number of JSON, whatever it looked like', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const value = readValue(text)
        if (value.kind === 'number') expect(String(JSON.parse(value.number))).toBeDefined()
      }),
    )
  })

  it('has a code only for words that mean one thing', () => {
    expect([
      resultCodeOf('阴性'),
      resultCodeOf(' Negative '),
      resultCodeOf('阳性(+)'),
      resultCodeOf('弱阳性'),
      resultCodeOf('constructor'),
    ]).toEqual(['NEG', 'NEG', 'POS', undefined, undefined])
    expect([specimenCodeOf('血清'), specimenCodeOf('静脉血'), specimenCodeOf('其他'), specimenCodeOf(null)]).toEqual([
      'SER',
      'BLDV',
      undefined,
      undefined,
    ])
    expect([conditionCodeOf('溶血'), conditionCodeOf('正常')]).toEqual(['HEM', undefined])
    expect([isUnfit('不合格'), isUnfit('合格'), isUnfit(null)]).toEqual([true, false, false])
  })
})

describe('a reference range', () => {
  it.each<[string, object | null]>([
    ['3.9-6.1', { low: '3.9', high: '6.1' }],
    ['3.9～6.1', { low: '3.9', high: '6.1' }],
    ['3.9--6.1', { low: '3.9', high: '6.1' }],
    ['-2.0-1.0', { low: '-2.0', high: '1.0' }],
    ['-2.0--1.0', { low: null, high: null }],
    ['6.1-3.9', { low: null, high: null }],
    ['<5.0', { low: null, high: '5.0' }],
    ['≥10', { low: '10', high: null }],
    ['阴性', { low: null, high: null }],
    ['男 4-5 女 3-4', { low: null, high: null }],
    ['', null],
  ])('"%s" has ends only where it says nothing else', (text, expected) => {
    expect(readRange(text)).toEqual(expected === null ? null : { text, ...expected })
  })

  it('has flags of table 0078, arrows among them, each once', () => {
    expect(readFlags(['h', '↑', '', 'H', '↓↓'])).toEqual(['H', 'LL'])
  })
})

describe('a time of HL7', () => {
  it.each([
    ['20261123083000+0800', '2026-11-23T08:30:00+08:00'],
    ['20261123083000', '2026-11-23T08:30:00+08:00'],
    ['202611230830', '2026-11-23T08:30:00+08:00'],
    ['2026112308', '2026-11-23'],
    ['20261123', '2026-11-23'],
    ['202611', '2026-11'],
    ['2026', '2026'],
    ['20261123083000.1234-0500', '2026-11-23T08:30:00-05:00'],
  ])('%s is %s', (time, expected) => {
    expect(toDateTime(time)).toBe(expected)
  })

  it.each([
    '20260230',
    '20261301',
    '202613',
    '2026112325',
    '202611232560',
    '18990101',
    '2026-11-23',
    'now',
    '',
    '20261123083000+9999',
  ])('"%s" is none', (time) => {
    expect(['2026-11-23', undefined]).toContain(toDateTime(time))
    if (time !== '2026112325') expect(toDateTime(time)).toBeUndefined()
  })

  it('is an instant, a day from its first moment in China', () => {
    expect(instantOf('2026-11-23')?.toISOString()).toBe('2026-11-22T16:00:00.000Z')
    expect(instantOf('2026-11')).toBeUndefined()
  })

  it('of the test is that of the collection, then of the measurement, then of the report', () => {
    const report = (collected: string | null, measured: string | null, issued: string | null) =>
      testedOn({
        specimen: collected === null ? null : { collectedAt: collected },
        items: [{ measuredAt: measured }],
        issuedAt: issued,
        versionAt: '2026-11-25T00:00:00.000Z',
      } as unknown as LabReport)
    expect(report('2026-11-21', '2026-11-22', '2026-11-23')).toBe('2026-11-21')
    expect(report(null, '2026-11-22T23:00:00+08:00', '2026-11-23')).toBe('2026-11-22')
    expect(report('2026', null, '2026-11-23')).toBe('2026-11-23')
    expect(report(null, null, null)).toBe('2026-11-25')
  })
})

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.filter((byte) => byte !== 0x0b && byte !== 0x1c)),
          { maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 9 }),
        (messages, step) => {
          const stream = Buffer.concat(messages.map((one) => frame(one)))
          const frames = createFrames(100)
          const out: Buffer[] = []
          for (let at = 0; at < stream.length; at += step) {
            const got = frames.push(stream.subarray(at, at + step))
            if (typeof got === 'string') throw new Error(got)
            out.push(...got)
          }
          expect(out.map((one) => one.toString('hex'))).toEqual(messages.map((one) => Buffer.from(one).toString('hex')))
          expect(frames.isOpen()).toBe(false)
        },
      ),
    )
  })

  it('of arbitrary bytes are frames or a fault, never an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void createFrames(100).push(bytes)))
  })

  it('are bounded', () => {
    const frames = createFrames(10)
    expect(frames.push(Buffer.from('\x0b0123456789'))).toEqual([])
    expect(frames.push(Buffer.from('0'))).toBe('too-large')
  })
})

describe('a message', () => {
  it('of arbitrary text is segments or a fault, never an exception', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => void parseMessage(`MSH|^~\\&|${text}`)),
      { numRuns: 500 },
    )
  })

  it('may choose its delimiters', () => {
    expect(readDelimiters('MSH#*+!@#x')).toEqual({
      field: '#',
      component: '*',
      repetition: '+',
      escape: '!',
      subcomponent: '@',
    })
    expect(parseMessage('MSH#*+!@#x\rPID#1##a*b+c@d!F!')).toMatchObject({
      segments: [{}, { fields: [[[['1']]], [], [[['a'], ['b']], [['c', 'd#']]]] }],
    })
  })

  it('escapes what stands for itself, one after the other', () => {
    const value = (text: string) => {
      const message = parseMessage(`MSH|^~\\&|\rOBX|1|ST|||${text}`)
      return typeof message === 'string' ? message : message.segments[1]?.fields[4]?.[0]?.[0]?.[0]
    }
    expect(value('a\\X0D\\\\X0A\\b')).toBe('a\n\nb')
    expect(value('5\\6')).toBe('5\\6')
    expect(value('\\Z01\\x\\E\\')).toBe('\\Z01\\x\\')
    expect(value('\\X00\\\\X1B\\y')).toBe('y')
    expect(value('\\XE4\\')).toBe('\\XE4\\')
  })
})

describe('the address of a peer', () => {
  it('is among addresses and blocks of both families', () => {
    const list = ['10.20.0.0/24', '192.0.2.7', '2001:db8::/32']
    expect(['10.20.0.9', '::ffff:10.20.0.9', '192.0.2.7', '2001:db8::1'].map((one) => isAmong(one, list))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['10.20.1.9', '192.0.2.8', '2001:db9::1', '', 'localhost'].map((one) => isAmong(one, list))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
    expect(isAmong('10.20.0.9', [])).toBe(false)
  })

  it('is never everybody', () => {
    expect(['10.0.0.0/8', '::1', '2001:db8::/32'].every(isNetwork)).toBe(true)
    expect(['0.0.0.0/0', '::/0', '10.0.0.0/33', 'host', '10.0.0.0/8/8', ''].some(isNetwork)).toBe(false)
  })
})
