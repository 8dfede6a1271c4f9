import { beforeAll, describe, expect, it } from 'vitest'
import { withdrawAccessKey } from '../../src/nhsa/access-keys.ts'
import { compileFields } from '../../src/nhsa/fields.ts'
import { RESPONSE } from '../../src/nhsa/tables/envelope.ts'
import { useDatabase } from '../support/database.ts'
import type { His } from './his/client.ts'
import { useNhsaHub } from './hub.ts'

const lines: string[] = []
const database = useDatabase()
const stage = useNhsaHub(database, { workers: false, onLog: (line) => lines.push(line) })
let his: His
const signIn = { signIn: { opter_no: 'cashier01', mac: '02-00-00-00-00-01', ip: '10.0.0.8' } }

beforeAll(async () => {
  his = await stage.his('510100')
})

describe('the gateway', () => {
  it('lets a signed call pass', async () => {
    const { status, body } = await his.ask('9001', signIn)
    expect(status).toBe(200)
    expect(body).toMatchObject({ infcode: 0, err_msg: '', output: { signinoutb: { sign_no: expect.any(String) } } })
    expect(body.inf_refmsgid).toMatch(/^510100\d{14}\d{10}$/)
    expect(body.refmsg_time).toMatch(/^20261124150000\d{3}$/)
    expect(body.respond_time).toMatch(/^\d{17}$/)
  })

  it.each(['_api_name', '_api_version', '_api_timestamp', '_api_access_key', '_api_signature'])(
    'refuses a call without %s in the words of the document',
    async (name) => {
      const { [name]: _gone, ...headers } = his.headers('9001')
      const sent = await his.send(his.envelope('9001', signIn), headers)
      expect(sent.text).toBe('{"code":401,"message":"缺少服务网关的请求头!"}')
      expect(sent.status).toBe(401)
    },
  )

  it('refuses a call without any header, and one with another system’s token', async () => {
    const none = await his.send(his.envelope('9001', signIn), { 'content-type': 'application/json' })
    expect(none.text).toBe('{"code":401,"message":"缺少服务网关的请求头!"}')
    const bad = await his.send(his.envelope('9001', signIn), {
      'content-type': 'application/json',
      authorization: 'Bearer x.y.z',
    })
    expect(bad.status).toBe(401)
    expect(bad.body).toMatchObject({ infcode: -1, err_msg: '访问令牌无效' })
  })

  it('takes a timestamp up to 30 minutes off, either way, and no further', async () => {
    const now = stage.hub.deps.clock.now().getTime()
    for (const [offset, passes] of [
      [0, true],
      [29 * 60_000, true],
      [-30 * 60_000, true],
      [-30 * 60_000 - 1, false],
      [30 * 60_000 + 1, false],
    ] as const) {
      const sent = await his.send(his.envelope('9001', signIn), his.headers('9001', String(now + offset)))
      if (passes) expect(sent.body.infcode, String(offset)).toBe(0)
      else expect(sent.text).toBe('{"code":401,"message":"签名时间戳超时!"}')
    }
    for (const text of ['abc', '1', `${now}0`, '-1', '']) {
      const sent = await his.send(his.envelope('9001', signIn), { ...his.headers('9001'), _api_timestamp: text })
      expect(sent.status, text).toBe(401)
    }
  })

  it('refuses an unknown key, a wrong signature and a header that was changed after signing', async () => {
    const headers = his.headers('9001')
    const send = async (changed: Record<string, string>) =>
      (await his.send(his.envelope('9001', signIn), { ...headers, ...changed })).text
    expect(await send({ _api_access_key: 'nhsa-aaaaaaaaaaaaaaaaaaaa' })).toBe('{"code":401,"message":"非法用户!"}')
    const differs = '{"code":401,"message":"签名不一致!"}'
    expect(await send({ _api_signature: 'AAAA' })).toBe(differs)
    expect(await send({ _api_signature: `${headers['_api_signature']}AAAA` })).toBe(differs)
    expect(await send({ _api_version: '1.0.1' })).toBe(differs)
    expect(await send({ _api_name: '2207' })).toBe(differs)
  })

  it('refuses a transaction that headers, address and body name differently', async () => {
    const other = await his.send(his.envelope('9001', signIn), his.headers('2207'))
    expect(other.body).toMatchObject({ infcode: -1, err_msg: '报文infno与请求地址或_api_name不一致' })
    const path = await his.send(his.envelope('9001', signIn), his.headers('9001'), '/nhsa/2207')
    expect(path.body.infcode).toBe(-1)
    const right = await his.send(his.envelope('9001', signIn), his.headers('9001'), '/nhsa/9001')
    expect(right.body.infcode).toBe(0)
    const unknown = await his.send(his.envelope('4711', {}), his.headers('4711'))
    expect(unknown.body.err_msg).toBe('不支持的交易编号')
  })

  it('takes our own access token instead, where its client holds the scope', async () => {
    const institution = his.config.fixmedinsCode
    const token = await stage.hub.token('hospital', { institution, city: '510100' })
    const good = await his.send(his.envelope('9001', signIn), { 'content-type': 'application/json', ...token })
    expect(good.body.infcode).toBe(0)
    const weak = await stage.hub.token('hospital', { institution, city: '510100', scopes: ['settlement.write'] })
    const refused = await his.send(his.envelope('9001', signIn), { 'content-type': 'application/json', ...weak })
    expect(refused.status).toBe(403)
    const bureau = await stage.hub.token('bureau', { city: '510100', scopes: ['nhsa.call'] })
    expect(
      (await his.send(his.envelope('9001', signIn), { 'content-type': 'application/json', ...bureau })).status,
    ).toBe(403)
  })

  it('refuses a revoked key, and a key of one institution for another', async () => {
    const other = await stage.his('510600')
    const foreign = { ...his.envelope('9001', signIn), fixmedins_code: other.config.fixmedinsCode }
    const sent = await his.send(foreign, his.headers('9001'))
    expect(sent.body.err_msg).toBe('fixmedins_code（定点医药机构编号）与调用方机构不一致')
    const gone = await stage.his('510100', 'hospital', 2)
    await gone.signIn()
    await withdrawAccessKey(stage.hub.deps, gone.config.accessKey)
    await stage.hub.live.nhsa.refresh()
    expect((await gone.ask('9001', signIn)).text).toBe('{"code":401,"message":"非法用户!"}')
    await expect(withdrawAccessKey(stage.hub.deps, gone.config.accessKey)).rejects.toMatchObject({
      code: 'nhsa.key-unknown',
    })
  })

  it('keeps no secret of a key in clear', async () => {
    const { secretKey } = his.config
    const rows = await database.db.selectFrom('nhsa_access_key').selectAll().execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.some((row) => row.secret_encrypted.includes(secretKey))).toBe(false)
  })
})

describe('the envelope', () => {
  it('of every answer has the fields of its table, each of its type, and output', async () => {
    const answers = [
      (await his.ask('9001', signIn)).body,
      (await his.ask('9001', {})).body,
      (await his.send('{', his.headers('9001'))).body,
    ]
    const fields = compileFields(RESPONSE)
    for (const answer of answers) {
      expect(Object.keys(answer)).toEqual([...fields.map((field) => field.name), 'output'])
      for (const field of fields) {
        const value = String(answer[field.name])
        if (value !== '') expect(field.problem(value), field.name).toBeUndefined()
      }
    }
  })

  it('is refused by the name of the field that is wrong', async () => {
    for (const [field, value, text] of [
      ['opter_type', '7', 'opter_type（经办人类别）不在字典中'],
      ['inf_time', 'now', 'inf_time（交易时间）应为日期时间yyyy-MM-dd HH:mm:ss'],
      ['opter_name', '', 'opter_name（经办人姓名）不能为空'],
      ['fixmedins_name', '长'.repeat(21), 'fixmedins_name（定点医药机构名称）长度超过20'],
      ['infver', 'V9', 'infver（接口版本号）不是本地约定的值'],
      ['recer_sys_code', 'XX', 'recer_sys_code（接收方系统代码）不是本地约定的值'],
      ['mdtrtarea_admvs', '510600', 'mdtrtarea_admvs（就医地医保区划）不是本机构所在统筹区'],
      ['msgid', 'X1', 'msgid（发送方报文ID）应为机构编号12位+时间14位+顺序号4位'],
      ['insuplc_admdvs', '110000', 'insuplc_admdvs（参保地医保区划）不在成都、德阳、眉山、资阳四市范围内'],
    ] as const) {
      const sent = await his.send({ ...his.envelope('9001', signIn), [field]: value }, his.headers('9001'))
      expect([sent.status, sent.body.infcode, sent.body.err_msg]).toEqual([200, -1, text])
    }
    const county = await his.send(
      { ...his.envelope('9001', signIn), mdtrtarea_admvs: '510104', insuplc_admdvs: '511499' },
      his.headers('9001'),
    )
    expect(county.body.infcode, county.body.err_msg).toBe(0)
  })

  it('needs the insured area where a person is named', async () => {
    await his.signIn()
    const sent = await his.ask('2202', { data: { psn_no: 'A', mdtrt_id: 'B', ipt_otp_no: 'C' } })
    expect(sent.body.err_msg).toBe('insuplc_admdvs（参保地医保区划）在传入psn_no时不能为空')
  })

  it.each([
    ['no JSON', '{', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
    ['null', 'null', 400],
    ['a member twice', '{"infno":"9001","infno":"2207"}', 400],
    ['deep nesting', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 400],
    ['a poisoned prototype', '{"__proto__":{"infno":"9001"}}', 400],
    ['300 KB', JSON.stringify({ infno: '9001', input: 'x'.repeat(300_000) }), 413],
  ])('answers %s with an envelope of its own', async (_name, body, status) => {
    const sent = await his.send(body, his.headers('9001'))
    expect(sent.status).toBe(status)
    expect(sent.body.infcode).toBe(-1)
    expect(sent.body.inf_refmsgid).toMatch(/^\d{30}$/)
    expect([...sent.body.err_msg].length).toBeLessThanOrEqual(200)
    expect(sent.text).not.toMatch(/at .*\.ts|Error:/)
  })

  it('takes an input of 40,000 characters and not one more', async () => {
    const filled = (length: number) => {
      const input = { signIn: { ...signIn.signIn, note: '' } }
      input.signIn.note = 'x'.repeat(length - JSON.stringify(input).length)
      return input
    }
    expect((await his.ask('9001', filled(40_000))).body.infcode).toBe(0)
    expect((await his.ask('9001', filled(40_001))).body.err_msg).toBe('input（交易输入）长度超过40000')
  })
})

describe('a sign-in', () => {
  it('is demanded by every other transaction, and ends with 9002', async () => {
    const other = await stage.his('511400')
    const query = {
      medinsinfo: { fixmedins_type: '1', fixmedins_name: '', fixmedins_code: other.config.fixmedinsCode },
    }
    expect((await other.ask('1201', query)).body.err_msg).toBe('sign_no（交易签到流水号）无有效签到，请先调用9001签到')
    await other.signIn()
    const { medinsinfo } = await other.call('1201', query)
    expect(medinsinfo).toMatchObject([{ fixmedins_code: other.config.fixmedinsCode, fixmedins_type: '1' }])
    const signNo = other.signNo
    await other.signOut()
    other.signNo = signNo
    expect((await other.ask('1201', query)).body.infcode).toBe(-1)
  })

  it('of one institution does not serve another, and a repeat of 9001 makes no second one', async () => {
    const a = await stage.his('511400')
    const b = await stage.his('512000')
    await a.signIn()
    await b.signIn()
    const [own, foreign] = [b.signNo, a.signNo]
    b.signNo = foreign
    expect((await b.ask('1201', { medinsinfo: { fixmedins_type: '1', fixmedins_name: '医院' } })).body.infcode).toBe(-1)
    b.signNo = own
    const envelope = b.envelope('9001', signIn)
    const first = await b.send(envelope, b.headers('9001'))
    const again = await b.send(envelope, b.headers('9001'))
    expect(again.text).toBe(first.text)
  })

  it('is signed out on its own day only, by its own operator', async () => {
    const his = await stage.his('512000')
    await his.signIn()
    const wrong = await his.ask('9002', { signOut: { sign_no: his.signNo, opter_no: 'other' } })
    expect(wrong.body.infcode).toBe(-1)
    stage.hub.deps.clock.advance(10 * 3_600_000)
    const late = await his.ask('9002', { signOut: { sign_no: his.signNo, opter_no: 'cashier01' } })
    expect(late.body.err_msg).toBe('仅能签退当日的签到')
    stage.hub.deps.clock.advance(-10 * 3_600_000)
  })
})

describe('a message', () => {
  it('of the same body is answered byte for byte, also after the sign-in ended; of another body it is refused', async () => {
    const other = await stage.his('510600')
    await other.signIn()
    const envelope = other.envelope('1201', { medinsinfo: { fixmedins_type: '1', fixmedins_name: '医院' } })
    const first = await other.send(envelope, other.headers('1201'))
    await other.signOut()
    stage.hub.deps.clock.advance(5000)
    const again = await other.send(envelope, other.headers('1201'))
    expect(again.text).toBe(first.text)
    const changed = await other.send({ ...envelope, opter: 'cashier02' }, other.headers('1201'))
    expect(changed.body.err_msg).toBe('msgid（发送方报文ID）已用于内容不同的报文')
  })

  it('that comes 100 times at once has one effect and one answer', async () => {
    const other = await stage.his('510600', 'hospital', 2)
    const envelope = other.envelope('9001', signIn)
    const answers = await Promise.all(Array.from({ length: 100 }, () => other.send(envelope, other.headers('9001'))))
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    const made = await database.db
      .selectFrom('nhsa_sign_in')
      .select('sign_no')
      .where('msgid', '=', String(envelope['msgid']))
      .execute()
    expect(made).toHaveLength(1)
  })

  it('whose worker died is worked on again, and its own key keeps the effect single', async () => {
    const other = await stage.his('510600', 'hospital', 1)
    const envelope = other.envelope('9001', signIn)
    const first = await other.send(envelope, other.headers('9001'))
    // As after a kill between the work and its answer.
    await database.db
      .updateTable('nhsa_message')
      .set({ answer_encrypted: null, worker: null, busy_until: null })
      .where('msgid', '=', String(envelope['msgid']))
      .execute()
    const again = await other.send(envelope, other.headers('9001'))
    expect(again.body.output).toEqual(first.body.output)
  })

  it('is stored encrypted, and no log line holds what it says', async () => {
    const stored = await database.db.selectFrom('nhsa_message').select('answer_encrypted').execute()
    expect(stored.length).toBeGreaterThan(5)
    for (const row of stored) expect(row.answer_encrypted?.includes('infcode') ?? false).toBe(false)
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.join('\n')).not.toMatch(/cashier01|收费员|02-00-00/)
  })
})
