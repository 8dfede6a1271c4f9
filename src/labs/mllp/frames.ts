/** Frame bytes of MLLP (HL7 transport specification, minimal lower layer protocol): VT, message, FS, CR. */
const START = 0x0b
const END = 0x1c
const CARRIAGE = 0x0d
const LINE = 0x0a

export type FrameFault = 'garbage' | 'too-large' | 'unterminated'

export interface Frames {
  /** Takes what arrived; gives the frames that are whole now, or what is wrong. */
  push(chunk: Uint8Array): readonly Buffer[] | FrameFault
  /** A frame was begun and is not whole. */
  isOpen(): boolean
}

/**
 * Cuts a stream into frames. Between frames only line ends may stand, which some senders add; a start within a frame
 * means that the sender lost the thread. Neither END nor START is a byte of a character in UTF-8 or GB 18030.
 */
export function createFrames(maxBytes: number): Frames {
  let parts: Buffer[] = []
  let size = 0
  let state: 'between' | 'within' | 'ending' = 'between'

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const whole: Buffer[] = []
      let at = 0
      while (at < bytes.length) {
        if (state === 'between') {
          const byte = bytes[at]
          if (byte === START) {
            state = 'within'
            parts = []
            size = 0
          } else if (byte !== CARRIAGE && byte !== LINE) return 'garbage'
          at += 1
        } else if (state === 'ending') {
          // FS must be followed by CR; on its own it is no end.
          if (bytes[at] !== CARRIAGE) return 'unterminated'
          whole.push(Buffer.concat(parts, size))
          parts = []
          size = 0
          state = 'between'
          at += 1
        } else {
          const end = bytes.indexOf(END, at)
          const part = bytes.subarray(at, end === -1 ? bytes.length : end)
          if (part.includes(START)) return 'unterminated'
          size += part.length
          if (size > maxBytes) return 'too-large'
          // A copy: the socket's buffer is used again, and a small part must not keep a large one alive.
          if (part.length > 0) parts.push(Buffer.from(part))
          at = end === -1 ? bytes.length : end + 1
          if (end !== -1) state = 'ending'
        }
      }
      return whole
    },
    isOpen: () => state !== 'between',
  }
}

/** An answer in its frame. */
export function frame(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([START]), message, Buffer.from([END, CARRIAGE])])
}
