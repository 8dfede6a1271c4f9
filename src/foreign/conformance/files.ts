import { readFile } from 'node:fs/promises'

/** A file of the vectors; its form is that of the interface, or the run fails. */
export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}
