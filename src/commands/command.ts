/** One command of `node src/main.ts`. */
export interface Command {
  readonly name: string
  /** Arguments after the name, as shown in the help. */
  readonly usage: string
  readonly summary: string
  run(args: readonly string[]): Promise<void>
}

/** A wrong call or a state that a person can mend; printed without a stack. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}
