import { join, resolve } from 'node:path'
import { runFhirVectors } from '../fhir/index.ts'
import { CONFORMANCE_FORMATS, reportVectors, runConformance } from '../foreign/index.ts'
import { CommandError } from './command.ts'
import { isFileError } from './read-text-file.ts'

const FHIR = 'fhir'
/** Where FHIR resources lie in the data beside the checkout. */
const FHIR_FOLDERS = ['hl7-examples', 'synthea']
const FORMATS = [...CONFORMANCE_FORMATS, FHIR]

/** Needs neither the database nor the network: the vectors and the program. Exit code 1 where one gives something else. */
export async function runConformanceCommand(args: readonly string[]): Promise<void> {
  const [format = '', dir, ...more] = args
  if (!FORMATS.includes(format) || more.length > 0) {
    throw new CommandError(`Usage: conformance ${FORMATS.join('|')} [DIR]`)
  }
  const sharedDir = process.env['YMT_SHARED_DIR']
  const write = (line: string): void => void process.stdout.write(`${line}\n`)
  try {
    const good =
      format === FHIR
        ? await runFhir(dir === undefined ? FHIR_FOLDERS.map((name) => inData(sharedDir, name)) : [dir], write)
        : await runConformance({ format, dir, sharedDir }, write)
    process.exitCode = good ? 0 : 1
  } catch (error) {
    // The folder, or a file that its index names.
    throw isFileError(error) ? new CommandError(`${error.path} cannot be read: ${error.code}`) : error
  }
}

const inData = (sharedDir: string | undefined, name: string): string => join(sharedDir ?? '../shared', 'data', name)

async function runFhir(dirs: readonly string[], write: (line: string) => void): Promise<boolean> {
  const results = await Promise.all(dirs.map((dir) => runFhirVectors(resolve(dir))))
  return reportVectors(results.flat(), write)
}
