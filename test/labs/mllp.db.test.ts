import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMllp, searchHeld } from '../../src/labs/index.ts'
import { useDatabase } from '../support/database.ts'
import { OTHER, pid, useLabs } from './lab-hub.ts'
import { oru } from './messages.ts'

const database = useDatabase()
const labs = useLabs(database)
let mllp: Awaited<ReturnType<typeof openMllp>>
const sockets: Socket[] = []

beforeAll(async () => {
  await labs.sender('DY01')
  await labs.sender('HTTP', { addresses: [] })
  await labs.sender('MS01', { addresses: ['10.9.9.0/24'] }, OTHER)
  mllp = await openMllp(labs.hub.deps, { host: '127.0.0.1', port: 0, frameMs: 400, idleMs: 1_500 })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await mllp.close()
})

/** A connection that gathers what it is answered. */
function peer(port = mllp.port) {
  const socket = connect({ host: '127.0.0.1', port })
  sockets.push(socket)
  let text = ''
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  const answers = () =>
    text
      .split('\x1c\r')
      .slice(0, -1)
      .map((one) => one.replace('\x0b', ''))
  return {
    socket,
    closed,
    send: (bytes: string | Buffer) => socket.write(bytes),
    answers,
    async expectAnswers(count: number) {
      for (let tries = 0; answers().length < count && tries < 200; tries++)
        await new Promise((done) => setTimeout(done, 20))
      return answers().map((one) => /MSA\|(\w+)\|([^\r|]*)/.exec(one)?.slice(1, 3).join(' '))
    },
  }
}
const framed = (message: string) =>
  Buffer.concat([Buffer.from([0x0b]), Buffer.from(message), Buffer.from([0x1c, 0x0d])])

describe('over MLLP', () => {
  it('a message is held when its acknowledgement comes', async () => {
    const lab = peer()
    lab.send(framed(oru({ controlId: 'M-1', patient: pid(0) })))
    expect(await lab.expectAnswers(1)).toEqual(['AA M-1'])
    expect(
      await searchHeld(labs.hub.deps, { personId: labs.person(0), type: 'DiagnosticReport', form: {}, count: 9 }),
    ).toHaveLength(1)
    lab.socket.destroy()
  })

  it('many messages of one connection are answered one by one, in their order', async () => {
    const lab = peer()
    const ids = Array.from({ length: 40 }, (_, n) => `O-${n}`)
    lab.send(Buffer.concat(ids.map((controlId) => framed(oru({ controlId, patient: pid(1) })))))
    expect(await lab.expectAnswers(40)).toEqual(ids.map((id) => `AA ${id}`))
    lab.socket.destroy()
  })

  it('a message may come byte by byte, and with line ends between frames', async () => {
    const lab = peer()
    const bytes = framed(oru({ controlId: 'B-1', patient: pid(2) }))
    for (let at = 0; at < bytes.length; at += 7) lab.send(bytes.subarray(at, at + 7))
    lab.send('\r\n')
    lab.send(framed(oru({ controlId: 'B-2', patient: pid(2) })))
    expect(await lab.expectAnswers(2)).toEqual(['AA B-1', 'AA B-2'])
    lab.socket.destroy()
  })

  it('a repeat on another connection gets the same answer', async () => {
    const message = framed(oru({ controlId: 'REPEAT', patient: pid(2) }))
    const [first, second] = [peer(), peer()]
    first.send(message)
    second.send(message)
    await Promise.all([first.expectAnswers(1), second.expectAnswers(1)])
    expect(second.answers()).toEqual(first.answers())
    first.socket.destroy()
    second.socket.destroy()
  })

  it('a facility that may not send from this address is refused, as one that is not registered', async () => {
    const lab = peer()
    lab.send(Buffer.concat(['MS01', 'HTTP', 'NONE'].map((facility) => framed(oru({ facility, controlId: facility })))))
    expect(await lab.expectAnswers(3)).toEqual(['AR MS01', 'AR HTTP', 'AR NONE'])
    lab.socket.destroy()
  })

  it('an invalid message is answered and the next one is read', async () => {
    const lab = peer()
    lab.send(Buffer.concat([framed('hello'), framed(''), framed(oru({ controlId: 'N-1', patient: pid(3) }))]))
    expect(await lab.expectAnswers(3)).toEqual(['AR ', 'AR ', 'AA N-1'])
    lab.socket.destroy()
  })

  it.each<[string, string | Buffer]>([
    ['garbage', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['random bytes', Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 197 + 13) % 256))],
    ['a frame within a frame', Buffer.from('\x0bMSH|^~\\&|\x0bMSH|^~\\&|')],
    ['an end without its return', Buffer.from('\x0bMSH|^~\\&|\x1cMSH')],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
  ])('%s closes the connection without an answer', async (_what, bytes) => {
    const lab = peer()
    lab.send(bytes)
    await lab.closed
    expect(lab.answers()).toEqual([])
  })

  it('a frame of 10 MB closes the connection long before its end', async () => {
    const lab = peer()
    lab.send('\x0bMSH|^~\\&|')
    const part = Buffer.alloc(65_536, 'x')
    let sent = 0
    lab.socket.on('drain', () => undefined)
    while (!lab.socket.destroyed && sent < 160) {
      lab.socket.write(part)
      sent += 1
      await new Promise((done) => setTimeout(done, 1))
    }
    await lab.closed
    expect(lab.answers()).toEqual([])
    expect(sent).toBeLessThan(160)
  })

  it('half a frame is given its time and no more, however slowly bytes drip', async () => {
    const lab = peer()
    lab.send('\x0bMSH')
    const drip = setInterval(() => lab.socket.destroyed || lab.send('x'), 50)
    const began = performance.now()
    await lab.closed
    clearInterval(drip)
    expect(performance.now() - began).toBeLessThan(1_500)
  })

  it('a connection that says nothing is closed after a while', async () => {
    const lab = peer()
    const began = performance.now()
    await lab.closed
    expect(performance.now() - began).toBeGreaterThan(1_000)
  })

  it('one address gets twenty connections, not more', async () => {
    const all = Array.from({ length: 25 }, () => peer())
    await Promise.all(all.slice(20).map((one) => one.closed))
    expect(all.slice(0, 20).filter((one) => one.socket.destroyed)).toEqual([])
    for (const one of all) one.socket.destroy()
    await Promise.all(all.map((one) => one.closed))
  })

  it('a peer that no sender names is hung up on before it is read', async () => {
    await labs.sender('DY01', { addresses: ['10.1.1.1'] })
    const lab = peer()
    lab.send(framed(oru({ patient: pid(0) })))
    await lab.closed
    expect(lab.answers()).toEqual([])
    await labs.sender('DY01')
  })

  it('a peer that sends and never reads its answers is hung up on, and holds up no stop', async () => {
    const own = await openMllp(labs.hub.deps, { host: '127.0.0.1', port: 0, frameMs: 400 })
    const deaf = peer(own.port)
    deaf.socket.pause()
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => framed('hello')))
    for (let sent = 0; sent < 60; sent++) deaf.send(many)
    await new Promise((done) => setTimeout(done, 2_500))
    const began = performance.now()
    await own.close()
    expect(performance.now() - began).toBeLessThan(5_000)
    deaf.socket.destroy()
  }, 20_000)

  it('stopping answers what is whole and closes what is open', async () => {
    const own = await openMllp(labs.hub.deps, { host: '127.0.0.1', port: 0 })
    const [busy, idle] = [peer(own.port), peer(own.port)]
    busy.send(
      Buffer.concat([
        framed(oru({ controlId: 'S-1', patient: pid(4) })),
        framed(oru({ controlId: 'S-2', patient: pid(4) })),
      ]),
    )
    await busy.expectAnswers(1)
    await own.close()
    await Promise.all([busy.closed, idle.closed])
    expect(await busy.expectAnswers(2)).toEqual(['AA S-1', 'AA S-2'])
  })
})
