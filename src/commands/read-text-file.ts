import { readFile, stat } from 'node:fs/promises'
import { CommandError } from './command.ts'

/** A file that a person named. @throws CommandError where it cannot be read or is larger than it may be */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  try {
    if ((await stat(path)).size > maxBytes) throw new CommandError(`${path} is larger than ${maxBytes} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw isFileError(error) ? new CommandError(`${path} cannot be read: ${error.code}`) : error
  }
}

/** What the system says about a path (ENOENT, EACCES, EISDIR …), and no fault of ours. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error
}
