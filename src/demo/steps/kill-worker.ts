import { formatFen, parseFen, sumFen } from '../../kernel/money.ts'
import { outpatientBill } from '../../sandbox/index.ts'
import type { ClaimAnswer, TotalsAnswer } from '../answers.ts'
import { inParallel } from '../client.ts'
import { expectPresent, expectSame, expectSoon, expectThat } from '../expect.ts'
import type { Step, Story } from '../facts.ts'
import { totalsOf } from '../provider-book.ts'
import { repeat } from './settle-visits.ts'

const PEOPLE = 30
const HOSPITALS = ['hospital-chengdu', 'hospital-deyang', 'hospital-meishan', 'hospital-ziyang']
/** In flight at a time. */
const LANES = 12
/** The worker dies when this many answers have come. */
const KILL_AFTER = 30

interface Sent {
  readonly as: string
  readonly key: string
  readonly bill: ReturnType<typeof outpatientBill>
}

export const killWorker: Step = {
  name: 'kill-worker',
  title: 'Kill the worker with -9 in a burst of settlements, start another',
  titleZh: '结算途中强制终止工作进程',
  async run(story) {
    const { api, stack, facts, book } = story
    const burst = bills(story)
    const enough = Promise.withResolvers<void>()
    let answered = 0
    let pending = 0
    const sending = inParallel(burst, LANES, async (sent) => {
      const { body, status } = await send(story, sent, 1)
      if (status === 201) answered++
      else pending++
      if (answered === KILL_AFTER) enough.resolve()
      return body.claim_id
    })
    const killing = async (): Promise<number> => {
      await enough.promise
      await stack.killWorker()
      // The hospitals go on sending for a while: what they are told then is "accepted, ask again".
      await expectSoon('claims accepted without a worker', { withinMs: 5_000, everyMs: 20 }, async () =>
        pending > 0 ? { done: pending } : { came: pending },
      )
      const started = performance.now()
      await stack.startWorker()
      return performance.now() - started
    }
    const [claims, restartMs] = await Promise.all([sending, killing()])
    expectThat('claims left open by the dead worker', pending > 0, 'at least one', pending)
    expectSame('claims are different ones', new Set(claims).size, burst.length)

    const settled = await inParallel(claims, LANES, async (claimId, index) =>
      expectSoon(`claim ${claimId} is settled`, { withinMs: 20_000, everyMs: 100 }, async () => {
        const { body } = await api.call<ClaimAnswer>({
          as: expectPresent('the sender', burst[index]).as,
          path: `/settlement/claims/${claimId}`,
        })
        return body.state === 'pending' ? { came: body.state } : { done: body }
      }),
    )
    for (const [index, claim] of settled.entries()) {
      expectSame(`claim ${claim.claim_id}: state and reasons`, [claim.state, claim.reasons], ['settled', []])
      const info = expectPresent('its settlement', claim.setlinfo)
      expectSame('its amount', info.medfee_sumamt, burst[index]?.bill.medfee_sumamt)
      book.write(info)
    }

    const replays = await inParallel(burst, LANES, (sent) => send(story, sent, 1))
    for (const [index, { body, headers }] of replays.entries()) {
      expectSame('a repeat is told as such', headers.get('idempotency-replayed'), 'true')
      expectSame('a repeat gives the same settlement', body.setlinfo, settled[index]?.setlinfo)
    }
    await repeat(story)
    for (const as of HOSPITALS) await countAtTheHub(story, as)
    facts.burst = {
      claims: burst.length,
      killedAfter: KILL_AFTER,
      pendingAfterKill: pending,
      restartMs,
      settled: settled.length,
      replayed: replays.length,
    }
    const total = formatFen(sumFen(settled.map((one) => parseFen(one.setlinfo?.medfee_sumamt ?? '0'))))
    return {
      lines: [
        `${burst.length} claims of ${PEOPLE} people at 4 hospitals, ${total} yuan; worker killed after ${KILL_AFTER} answers, ${pending} claims told to ask again`,
        `a new worker was ready in ${Math.round(restartMs)} ms; settled ${settled.length}, lost 0, doubled 0 (counts and sums of all four hospitals agree)`,
        `all ${replays.length} repeated: the same settlements; G10 repeated: the same answer`,
      ],
      figures: { claims: burst.length, pendingAfterKill: pending, settled: settled.length, lost: 0, doubled: 0 },
    }
  },
}

function bills({ stack, facts }: Story): readonly Sent[] {
  const { people, personIds } = stack.sandbox
  const taken = expectPresent('the cards', facts.cards).deyang.personId
  const employees = personIds.filter(
    (id, index) => id !== taken && people[index]?.insutype === '310' && people[index]?.psnType === '11',
  )
  return employees.slice(0, PEOPLE).flatMap((personId, n) =>
    HOSPITALS.map((as, h) => ({
      as,
      key: crypto.randomUUID(),
      bill: outpatientBill(
        personId,
        `${60 + n * 7 + h * 31}.${String((n * 13 + h * 7) % 100).padStart(2, '0')}`,
        n % 2 === 0 ? '0' : '1',
      ),
    })),
  )
}

const send = ({ api }: Story, { as, key, bill }: Sent, waitS: number) =>
  api.call<ClaimAnswer>({
    as,
    method: 'POST',
    path: '/settlement/claims',
    key,
    body: bill,
    headers: { prefer: `wait=${waitS}` },
    statuses: [201, 202],
  })

/** The hub's count and sums of a hospital's days must be those of the hospital's own book. */
async function countAtTheHub({ api, book, stack }: Story, as: string): Promise<void> {
  const institution = expectPresent(as, stack.sandbox.clients.find((one) => one.clientId === as)?.institution)
  const days = new Set(book.rows().flatMap((row) => (row.institution === institution ? [row.date] : [])))
  for (const date of days) {
    const { body } = await api.call<TotalsAnswer>({ as, path: `/reconciliation/totals?date=${date}` })
    const own = totalsOf(book.of(institution, date)).map((one) => ({
      insutype: one.insutype,
      clr_type: one.clrType,
      medfee_sumamt: formatFen(one.medfee),
      fund_pay_sumamt: formatFen(one.fundPay),
      acct_pay: formatFen(one.acctPay),
      fixmedins_setl_cnt: one.count,
    }))
    expectSame(`settlements of ${institution} on ${date}: the hub's count against the hospital's`, body.groups, own)
  }
}
