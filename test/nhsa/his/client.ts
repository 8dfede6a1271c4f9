import { createHmac } from 'node:crypto'

// A hospital system's side of the national interface, written from its document alone: nothing of the hub is imported here.

/** What the operator of the hub gives a hospital or pharmacy, and what the system knows of itself. */
export interface HisConfig {
  /** Where the hub listens, e.g. http://127.0.0.1:8080. */
  readonly url: string
  readonly fixmedinsCode: string
  readonly fixmedinsName: string
  /** 就医地医保区划 of the institution. */
  readonly mdtrtareaAdmvs: string
  readonly accessKey: string
  readonly secretKey: string
  /** The system's clock. */
  readonly now: () => Date
}

export interface Envelope {
  readonly infcode: number
  readonly inf_refmsgid: string
  readonly err_msg: string
  readonly output: Record<string, never>
}

export interface Sent {
  readonly status: number
  readonly text: string
  /** Read by its documented names; a wrong one fails the caller. */
  readonly body: ReturnType<typeof JSON.parse>
}

const two = (value: number, digits = 2): string => String(value).padStart(digits, '0')

/** The wire knows the time of China only: yyyy-MM-dd HH:mm:ss. */
export function chinaTime(at: Date): string {
  const local = new Date(at.getTime() + 8 * 3_600_000)
  const date = `${local.getUTCFullYear()}-${two(local.getUTCMonth() + 1)}-${two(local.getUTCDate())}`
  return `${date} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`
}

/** One session of a hospital's or pharmacy's system: signs its calls, numbers its messages, keeps its sign-in. */
export class His {
  readonly config: HisConfig
  signNo = ''
  #sequence = 0

  constructor(config: HisConfig) {
    this.config = config
  }

  /** fixmedins_code(12) + yyyyMMddHHmmss(14) + sequence(4). */
  nextMsgid(): string {
    this.#sequence += 1
    const time = chinaTime(this.config.now()).replaceAll(/\D/g, '')
    return `${this.config.fixmedinsCode}${time}${two(this.#sequence % 10_000, 4)}`
  }

  /** Base64(HmacSHA1(SK, the four headers as k=v, sorted by key, joined by "&")). */
  headers(infno: string, timestamp = String(this.config.now().getTime())): Record<string, string> {
    const signed: Record<string, string> = {
      _api_access_key: this.config.accessKey,
      _api_name: infno,
      _api_timestamp: timestamp,
      _api_version: '1.0.0',
    }
    const text = Object.keys(signed)
      .sort()
      .map((name) => `${name}=${signed[name]}`)
      .join('&')
    const signature = createHmac('sha1', this.config.secretKey).update(text).digest('base64')
    return { ...signed, _api_signature: signature, 'content-type': 'application/json' }
  }

  envelope(infno: string, input: object, of: { insuplcAdmdvs?: string; msgid?: string } = {}): Record<string, unknown> {
    const { config } = this
    return {
      infno,
      msgid: of.msgid ?? this.nextMsgid(),
      mdtrtarea_admvs: config.mdtrtareaAdmvs,
      insuplc_admdvs: of.insuplcAdmdvs ?? '',
      recer_sys_code: '99',
      dev_no: '',
      dev_safe_info: '',
      cainfo: '',
      signtype: '',
      infver: 'V1.0',
      opter_type: '1',
      opter: 'cashier01',
      opter_name: '收费员甲',
      inf_time: chinaTime(config.now()),
      fixmedins_code: config.fixmedinsCode,
      fixmedins_name: config.fixmedinsName,
      sign_no: this.signNo,
      input,
    }
  }

  /** Sends whatever it is given; `call` is for calls that are to succeed. */
  async send(body: unknown, headers: Record<string, string>, path = '/nhsa'): Promise<Sent> {
    const reply = await fetch(`${this.config.url}${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await reply.text()
    return { status: reply.status, text, body: text === '' ? undefined : JSON.parse(text) }
  }

  async ask(infno: string, input: object, of: { insuplcAdmdvs?: string; msgid?: string } = {}): Promise<Sent> {
    return await this.send(this.envelope(infno, input, of), this.headers(infno))
  }

  /** The output of a call; an error of the interface is thrown with its err_msg. */
  async call(
    infno: string,
    input: object,
    of: { insuplcAdmdvs?: string; msgid?: string } = {},
  ): Promise<ReturnType<typeof JSON.parse>> {
    const { status, body } = await this.ask(infno, input, of)
    if (status !== 200 || Number(body.infcode) !== 0) {
      throw new Error(`${infno}: ${status} ${String(body?.err_msg ?? body?.message)}`)
    }
    return body.output
  }

  /** 9001 */
  async signIn(): Promise<void> {
    const { signinoutb } = await this.call('9001', {
      signIn: { opter_no: 'cashier01', mac: '02-00-00-00-00-01', ip: '10.0.0.8' },
    })
    this.signNo = signinoutb.sign_no
  }

  /** 9002 */
  async signOut(): Promise<void> {
    await this.call('9002', { signOut: { sign_no: this.signNo, opter_no: 'cashier01' } })
    this.signNo = ''
  }
}
