import { CONFORMANCE_FORMATS, runConformance } from '../foreign/index.ts'
import { CommandError } from './command.ts'
import { isFileError } from './read-text-file.ts'

/** Needs neither the database nor the network: the vectors and the program. Exit code 1 where one gives something else. */
export async function runConformanceCommand(args: readonly string[]): Promise<void> {
  const [format = '', dir, ...more] = args
  if (!CONFORMANCE_FORMATS.includes(format) || more.length > 0) {
    throw new CommandError(`Usage: conformance ${CONFORMANCE_FORMATS.join('|')} [DIR]`)
  }
  const sharedDir = process.env['YMT_SHARED_DIR']
  try {
    const good = await runConformance({ format, dir, sharedDir }, (line) => void process.stdout.write(`${line}\n`))
    process.exitCode = good ? 0 : 1
  } catch (error) {
    // The folder, or a file that its index names.
    throw isFileError(error) ? new CommandError(`${error.path} cannot be read: ${error.code}`) : error
  }
}
