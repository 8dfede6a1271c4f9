/** Everything the processes of the demo have written, by process. */
export interface Capture {
  /** Takes what one process writes. */
  of(process: string): (text: string) => void
  readonly all: () => readonly { readonly process: string; readonly text: string }[]
  /** Log lines of the service's processes: objects, one a line. */
  readonly logLines: () => readonly LogLine[]
}

export interface LogLine {
  readonly time: string
  readonly msg?: string
  readonly requestId?: string
  readonly route?: string
  readonly verb?: string
  readonly ms?: number
}

export function createCapture(): Capture {
  const texts = new Map<string, string>()
  return {
    of: (process) => (text) => void texts.set(process, (texts.get(process) ?? '') + text),
    all: () => [...texts].map(([process, text]) => ({ process, text })),
    logLines: () => [...texts.values()].flatMap((text) => text.split('\n').flatMap(parseLine)),
  }
}

function parseLine(line: string): LogLine[] {
  if (!line.startsWith('{')) return []
  try {
    return [JSON.parse(line) as LogLine]
  } catch {
    // The last line of a process that was killed may be cut off.
    return []
  }
}
