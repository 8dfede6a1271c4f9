import { resolve } from 'node:path'
import { type Config, readConfig } from '../kernel/config.ts'

/** A word that a POSIX shell takes as it is. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The command that prints a client's token, as it works in another terminal: a shell that was opened later knows nothing
 * of the settings with which the service was started.
 */
export function tokenCommand(config: Pick<Config, 'dataDir' | 'publicUrl'>, clientId: string): string {
  const usual = readConfig({})
  const settings = [
    ...(config.dataDir === usual.dataDir ? [] : [`YMT_DATA_DIR=${shellWord(resolve(config.dataDir))} `]),
    ...(config.publicUrl === usual.publicUrl ? [] : [`YMT_PUBLIC_URL=${shellWord(config.publicUrl)} `]),
  ]
  return `${settings.join('')}npm run -s token -- ${clientId}`
}
