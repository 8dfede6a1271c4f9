import { connect } from 'node:net'

/** An open connection that takes one request at a time. */
export interface Connection {
  /** Sends a request; `done` gets the whole answer, head and body. */
  send(request: string, done: (answer: string) => void): void
  close(): void
}

/**
 * A bare HTTP/1.1 connection without pipelining. It knows only answers with a stated length: ours and the echo's are
 * such, and a client that costs little disturbs the server little.
 */
export function openConnection(
  to: { hostname: string; port: number },
  onFault: (error: Error) => void,
): Promise<Connection> {
  return new Promise((ready) => {
    let waiting: ((answer: string) => void) | undefined
    let text = ''
    let closed = false
    const socket = connect(to.port, to.hostname, () =>
      ready({
        send(request, done) {
          waiting = done
          socket.write(request)
        },
        close() {
          closed = true
          socket.destroy()
        },
      }),
    )
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      // Latin-1 keeps one character for each byte, as `content-length` counts.
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1]
      if (length === undefined) onFault(new Error('an answer without content-length'))
      else if (text.length >= end + 4 + Number(length)) {
        const done = waiting
        const whole = text
        waiting = undefined
        text = ''
        if (done === undefined) onFault(new Error('an answer that nobody asked for'))
        else done(whole)
      }
    })
    socket.on('error', onFault)
    socket.on('close', () => {
      if (!closed) onFault(new Error('the server closed a connection'))
    })
  })
}
