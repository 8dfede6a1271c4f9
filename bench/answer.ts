/** What a process of a bench can be asked, by name. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>

export interface Question {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

export interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/**
 * The child's side of the channel. `cpu` is answered for every child: processor time of the whole process, pool
 * threads included, in microseconds. A child whose parent is gone ends, so that nothing is left running.
 */
export function answer(answers: Answers, close: () => Promise<void> = async () => {}): void {
  const all: Answers = { cpu, ...answers }
  process.on('message', (question: Question) => {
    const { id, name, input } = question
    void (async () => {
      const verb = all[name]
      if (verb === undefined) throw new Error(`this process has no answer to "${name}"`)
      return await verb(input as never)
    })().then(
      (value) => reply({ id, value }),
      (error: unknown) => reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.once('disconnect', () => {
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  })
  // Ctrl-C reaches the whole process group; the parent decides when a child ends.
  process.on('SIGINT', () => {})
  reply({ id: 0 })
}

function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}
