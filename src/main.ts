import { commands, printHelp } from './commands/index.ts'

// The entry only picks a command: each one is a file of its own under commands/.
const [name = '--help', ...args] = process.argv.slice(2)
const command = commands.find((one) => one.name === name)

if (name === '--help' || name === '-h' || name === 'help') {
  printHelp(process.stdout)
} else if (command === undefined) {
  process.stderr.write(`There is no command "${name}".\n\n`)
  printHelp(process.stderr)
  process.exitCode = 2
} else {
  try {
    await command.run(args)
  } catch (error) {
    // A person reads this: the message first; the stack only where it is no message of ours.
    const known = error instanceof Error && ['ConfigError', 'CommandError', 'AppError'].includes(error.name)
    process.stderr.write(
      known ? `${error.message}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    process.exitCode = 1
  }
}
