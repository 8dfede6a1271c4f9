import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { startCatchUp } from '../../src/kernel/catch-up.ts'
import { announce, createChangeFeed } from '../../src/kernel/change-feed.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()

function open() {
  const { log } = testDeps(database)
  return createChangeFeed({ url: database.url, name: 'feed-under-test', log })
}

describe('the change feed', () => {
  it('wakes the subscribers of an area when the announcing transaction commits, and no others', async () => {
    const feed = open()
    let cards = 0
    let others = 0
    const leaveCards = feed.subscribe('cards', () => cards++)
    const leaveOthers = feed.subscribe('people', () => others++)
    await expect.poll(() => cards, { interval: 5 }).toBe(1)
    await inTx(database.db, (tx) => announce(tx, 'cards'))
    await expect.poll(() => cards, { interval: 5 }).toBe(2)
    await inTx(database.db, async (tx) => {
      await announce(tx, 'cards')
      throw new Error('rolled back')
    }).catch(() => undefined)
    await inTx(database.db, (tx) => announce(tx, 'people'))
    await expect.poll(() => others, { interval: 5 }).toBe(2)
    expect(cards).toBe(2)
    await leaveCards()
    await leaveOthers()
  })

  it('connects again after the connection was cut, and then wakes everybody', async () => {
    const feed = open()
    let woken = 0
    const leave = feed.subscribe('cards', () => woken++)
    await expect.poll(() => woken, { interval: 5 }).toBe(1)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'feed-under-test'`.execute(
      database.db,
    )
    await expect.poll(() => woken, { interval: 5, timeout: 3_000 }).toBe(2)
    await announce(database.db, 'cards')
    await expect.poll(() => woken, { interval: 5 }).toBe(3)
    await leave()
  })

  it('makes a catch-up read long before its next tick', async () => {
    const feed = open()
    let reads = 0
    const catchUp = await startCatchUp({
      everyMs: 60_000,
      read: async () => void reads++,
      onError: (error) => {
        throw error
      },
      news: { feed, area: 'cards' },
    })
    await expect.poll(() => reads, { interval: 5 }).toBe(2)
    await announce(database.db, 'cards')
    await expect.poll(() => reads, { interval: 5 }).toBe(3)
    await catchUp.close()
  })
})
