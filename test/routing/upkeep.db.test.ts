import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import { pruneRouting, reencryptRouting } from '../../src/routing/periodic.ts'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, freshId, message, useStage, ZIYANG } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

const count = async (
  table: 'routing_message' | 'routing_body' | 'routing_delivery' | 'routing_lane',
): Promise<number> =>
  (
    await database.db
      .selectFrom(table)
      .select((eb) => eb.lit(1).as('one'))
      .execute()
  ).length

const days = (n: number): void => stage.deps.clock.advance(n * 86_400_000)

describe('pruning', () => {
  test('bodies go before the log, and neither while a message is unfinished', async () => {
    await stage.send(CHENGDU, message({ to: [ZIYANG] }))
    stage.hospitals[DEYANG]?.setFault({ kind: 'garbage', form: 'html', on: 'message' })
    await stage.send(CHENGDU, message({ to: [DEYANG] }))
    await stage.send(CHENGDU, { resourceType: 'Bundle', type: 'message', entry: [] })
    await stage.deliver()
    await pruneRouting(stage.deps)
    expect([await count('routing_message'), await count('routing_body')]).toEqual([3, 2])
    days(8)
    await pruneRouting(stage.deps)
    // The dead letter keeps its body: it can still be sent again.
    expect([await count('routing_message'), await count('routing_body')]).toEqual([3, 1])
    expect(await count('routing_lane')).toBe(1)
    days(31)
    await pruneRouting(stage.deps)
    expect([await count('routing_message'), await count('routing_body'), await count('routing_delivery')]).toEqual([
      1, 1, 1,
    ])
    const operator = await stage.as('operator')
    stage.hospitals[DEYANG]?.setFault({ kind: 'none' })
    expect((await stage.ask('POST', '/routing/rerun', operator, { destination: DEYANG })).body).toEqual({
      matched: 1,
      changed: 1,
    })
    await stage.deliver()
    expect(stage.arrived(DEYANG)).toHaveLength(1)
    await pruneRouting(stage.deps)
    await pruneRouting(stage.deps)
    expect([await count('routing_message'), await count('routing_body'), await count('routing_delivery')]).toEqual([
      0, 0, 0,
    ])
  })

  test('an age that is shortened holds for what was written before', async () => {
    const sent = message({ event: 'short', to: [ZIYANG], timestamp: stage.deps.clock.now().toISOString() })
    expect((await stage.send(CHENGDU, sent)).status).toBe(200)
    await stage.deliver()
    days(2)
    await pruneRouting(stage.deps)
    expect(await count('routing_body')).toBe(1)
    const answer = await stage.ask('PUT', '/routing/channels', await stage.as('operator'), {
      event: 'short',
      effectiveFrom: stage.deps.clock.now().toISOString(),
      maxBodyBytes: 65_536,
      maxAttempts: 5,
      maxAgeS: 3_600,
      backoffBaseMs: 1_000,
      backoffCapMs: 60_000,
      deadlineMs: 1_000,
      retryUnknown: true,
      deadBlocks: true,
      bodyDays: 1,
      logDays: 31,
      sourceDocument: 'test',
      verified: false,
    })
    expect(answer.status, answer.text).toBe(200)
    await pruneRouting(stage.deps)
    expect([await count('routing_message'), await count('routing_body')]).toEqual([1, 0])
    const { id } = await database.db.selectFrom('routing_message').select('id').executeTakeFirstOrThrow()
    const gone = await stage.ask('GET', `/routing/messages/${id}/body`, await stage.as('hospital', CHENGDU))
    expect(gone.status).toBe(410)
  })
})

describe('a change of keys', () => {
  test('brings bodies and secrets to the active key, and they still open', async () => {
    const operator = await stage.as('operator')
    await stage.ask('PUT', `/routing/destinations/${ZIYANG}`, operator, {
      kind: 'hospital',
      url: 'https://his.example/hook',
    })
    const messageId = freshId()
    const timestamp = stage.deps.clock.now().toISOString()
    await stage.send(CHENGDU, message({ messageId, to: [ZIYANG], timestamp }))
    const { keyring } = stage.deps
    const old = keyring.field.active
    const next = parseKeyring(
      JSON.stringify({
        field: {
          active: 'next',
          keys: [
            { id: old.id, alg: old.alg, key: old.key.export().toString('base64url') },
            { id: 'next', alg: 'AES-256-GCM', key: randomBytes(32).toString('base64url') },
          ],
        },
        index: {
          active: keyring.index.active.id,
          keys: [
            {
              id: keyring.index.active.id,
              alg: keyring.index.active.alg,
              key: keyring.index.active.key.export().toString('base64url'),
            },
          ],
        },
      }),
    )
    const deps = { ...stage.deps, keyring: next }
    expect(await reencryptRouting(deps)).toBeGreaterThanOrEqual(2)
    expect(await reencryptRouting(deps)).toBe(0)
    const { readBody } = await import('../../src/routing/read-body.ts')
    const { id } = await database.db
      .selectFrom('routing_message')
      .select('id')
      .where('message_id', '=', messageId)
      .executeTakeFirstOrThrow()
    const by = { clientId: 'test', institution: CHENGDU, requestId: 'test', sourceAddress: undefined }
    expect((await readBody(deps, by, id)).toString()).toContain(messageId)
  })

  test('a body that was moved to another row does not open', async () => {
    const { readBody } = await import('../../src/routing/read-body.ts')
    const timestamp = stage.deps.clock.now().toISOString()
    await stage.send(CHENGDU, message({ event: 'moved', to: [DEYANG], timestamp }))
    await stage.send(CHENGDU, message({ event: 'moved', to: [DEYANG], timestamp }))
    const rows = await database.db.selectFrom('routing_body').selectAll().where('event', '=', 'moved').execute()
    const [one, other] = rows
    if (one === undefined || other === undefined) throw new Error('two bodies were stored')
    await database.db
      .updateTable('routing_body')
      .set({ body_encrypted: one.body_encrypted })
      .where('id', '=', other.id)
      .execute()
    const by = { clientId: 'test', institution: CHENGDU, requestId: 'test', sourceAddress: undefined }
    await expect(readBody(stage.deps, by, other.id)).rejects.toThrow('moved from another row')
  })
})
