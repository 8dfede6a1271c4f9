import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { formatFen, negFen, parseFen, sumFen } from '../../../src/kernel/money.ts'
import { slipRoutes } from '../../../src/settlement/index.ts'
import { seedItems } from '../../support/catalogue.ts'
import { useDatabase } from '../../support/database.ts'
import { bill, useStage } from '../stage.ts'

const database = useDatabase()
const stage = useStage(database, {
  routes: (app, deps, settlement) => slipRoutes(app, { ...deps, settlement }),
})

const line = (sn: string, code: string, amount: string, more: object = {}) => ({
  feedetl_sn: sn,
  med_list_codg: code,
  det_item_fee_sumamt: amount,
  cnt: '1',
  pric: amount,
  ...more,
})
const LINES = [
  line('1', 'SLIP-C', '100.00'),
  line('2', 'SLIP-B', '200.00'),
  line('3', 'SLIP-LIMIT', '120.00', { cnt: '2', pric: '60.00' }),
  line('4', 'SLIP-A', '500.00'),
]
const AMOUNT = '920.00'

const there = { person: '', hospital: '', claim: '' }
const as = { hospital: {}, other: {}, insured: {}, stranger: {} } as Record<string, Record<string, string>>

beforeAll(async () => {
  await seedItems(stage.deps, [
    { code: 'SLIP-C', name: '<script>alert(1)</script>美容"贴', chrgitmLv: '03' },
    { code: 'SLIP-B', name: '乙类注射液', chrgitmLv: '02', selfpayProp: '0.1' },
    { code: 'SLIP-LIMIT', name: '一次性导管', pricUplmtAmt: '50' },
    { code: 'SLIP-A', name: '甲类片剂' },
  ])
  // The process sees new items at its next look.
  const known = () => stage.settlement.catalogue.termsAt('510100', 'SLIP-A', '2026-11-24', '3') !== undefined
  await vi.waitUntil(known, { timeout: 10_000 })
  there.person = await stage.person('510600')
  there.hospital = stage.hospital('510100', 3)
  as['hospital'] = await stage.headers('hospital', { institution: there.hospital })
  as['other'] = await stage.headers('hospital', { institution: stage.hospital('510600', 2) })
  as['insured'] = await stage.headers('bureau', { city: '510600' })
  as['stranger'] = await stage.headers('bureau', { city: '512000' })
  const claimed = await stage.claim(there.hospital, bill(there.person, AMOUNT, { lines: LINES }))
  there.claim = claimed.body.claim_id
})

const url = (form = '', of = ''): string => `/settlement/claims/${there.claim}/slip${form}${of}`
const page = async (path: string, headers: Record<string, string> = {}) =>
  await stage.app.inject({ method: 'GET', url: path, headers: { ...as['hospital'], ...headers } })
const sum = (rows: readonly { readonly amount: string }[]): string =>
  formatFen(sumFen(rows.map((one) => parseFen(one.amount))))

describe('the slip of a settlement', () => {
  test('explains every fen of the bill in Chinese, with the names of the catalogue and the person’s masked', async () => {
    const { status, body } = await stage.get(url(), as['hospital'] as Record<string, string>)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      kind: 'settlement',
      title: '医疗保障费用结算单',
      fixmedins_code: there.hospital,
      mdtrtarea_admvs: '510100',
      insuplc_admdvs: '510600',
      medfee_sumamt: AMOUNT,
    })
    expect(body.psn_name).toMatch(/[*＊]/)
    expect(sum(body.parts)).toBe(AMOUNT)
    expect(sum(body.payments)).toBe(body.psn_part_amt)
    const part = (code: string) => body.parts.find((one: { code: string }) => one.code === code)
    expect(part('fulamt_ownpay').items).toEqual([
      { line: 1, name: '<script>alert(1)</script>美容"贴', amount: '100.00', why: '丙类项目，不在医保目录支付范围内' },
    ])
    expect(part('overlmt').items).toEqual([
      { line: 3, name: '一次性导管', amount: '20.00', why: '限价 50 元 × 2 = 100.00 元，超出限价的部分' },
    ])
    expect(part('preselfpay').items).toEqual([
      { line: 2, name: '乙类注射液', amount: '20.00', why: '乙类，先行自付比例 10%' },
    ])
    expect(part('deductible').amount).toBe('200.00')
    expect(part('hifp').why.join('')).toMatch(/780\.00 元，减去起付标准 200\.00 元/)
    expect(body.notices).toContain('本单所用待遇标准含示例参数，未经经办机构核实，不作为报销凭证。')
    expect(body.notices).toContain('成德眉资四市之间就医，免备案，支付比例不降低。')
  })

  test('is a page to print that runs nothing, and whatever it shows is escaped', async () => {
    for (const answer of [await page(url('.html')), await page(url(), { accept: 'text/html,application/xhtml+xml' })]) {
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
      const html = answer.body
      expect(html).toMatch(/^<!doctype html>\n<html lang="zh-CN">/)
      expect(html).toContain('@page{size:A5')
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;美容&quot;贴')
      expect(html).not.toContain('<script')
      expect(html).not.toMatch(/ (?:style|on[a-z]+)="/)
      expect(html).toContain('<caption>')
      expect(html).toContain('<th scope="col">')
      expect(html).toContain('<th scope="row">')
      const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? ''
      const digest = createHash('sha256').update(style).digest('base64')
      expect(answer.headers['content-security-policy']).toContain(`style-src 'sha256-${digest}'`)
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    }
  })

  test('holds no identity number and no whole name, in either form', async () => {
    const texts = [(await page(url())).body, (await page(url('.html'))).body]
    for (const text of texts) expect(text).not.toMatch(/(?<![0-9a-f-])\d{17}[\dX](?![0-9a-f-])/)
  })

  test('is seen by both sides, and is not there for others', async () => {
    for (const form of ['', '.html']) {
      expect((await page(url(form), as['insured'])).statusCode).toBe(200)
      for (const who of ['other', 'stranger']) {
        const answer = await page(url(form), as[who])
        expect(answer.statusCode).toBe(404)
        expect(answer.json()).toMatchObject({ code: 'settlement.claim-not-found' })
      }
    }
  })

  test('is written in the audit log before it is shown', async () => {
    const events = await database.db
      .selectFrom('audit_event')
      .select(['target_id', 'person_ref'])
      .where('action', '=', 'settlement.read-slip')
      .execute()
    expect(events.length).toBeGreaterThan(3)
    expect(events[0]).toEqual({ target_id: there.claim, person_ref: there.person })
  })

  test('a claim that was refused has none, nor has what no one handed in', async () => {
    const refused = await stage.claim(there.hospital, bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', '10.00'))
    for (const id of [refused.body.claim_id ?? there.person, there.person]) {
      expect((await page(`/settlement/claims/${id}/slip`)).statusCode).toBe(404)
    }
    expect((await page('/settlement/claims/x/slip')).statusCode).toBe(400)
    expect((await page(url('', '?of=both'))).statusCode).toBe(400)
  })

  test('a reversal has one of its own: every amount negated, and the first says that it was taken back', async () => {
    const none = await page(url('', '?of=reversal'))
    expect(none.statusCode).toBe(404)
    expect(none.json()).toMatchObject({ code: 'settlement.not-reversed' })
    const before = (await page(url())).json()
    expect((await stage.reverse(there.hospital, there.claim)).status).toBe(201)
    const back = (await page(url('', '?of=reversal'))).json()
    expect(back).toMatchObject({
      kind: 'reversal',
      title: '医疗保障费用结算撤销（退费）单',
      medfee_sumamt: `-${AMOUNT}`,
    })
    expect(back.setl_id).not.toBe(before.setl_id)
    expect(sum(back.parts)).toBe(`-${AMOUNT}`)
    const negated = (rows: readonly { amount: string }[]) => rows.map((one) => formatFen(negFen(parseFen(one.amount))))
    expect(back.parts.map((one: { amount: string }) => one.amount)).toEqual(negated(before.parts))
    expect(back.notices.join()).toMatch(/本单撤销 2026-\d\d-\d\d \d\d:\d\d 的结算/)
    expect((await page(url())).json().notices.join()).toMatch(/撤销（退费），本单仅供查询/)
    expect((await page(url('.html', '?of=reversal'))).body).toContain('撤销（退费）单')
  })
})
