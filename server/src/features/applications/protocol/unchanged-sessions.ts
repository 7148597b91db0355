/**
 * The library writes its session after each request of a browser, to move its end. A session that the request did not
 * change is written only if its end moves by an hour or more, because each write waits for the disk.
 */
import type Provider from 'oidc-provider'
import { nowMs } from '../../../clock.ts'

type Content = Partial<
  Record<
    'acr' | 'amr' | 'accountId' | 'authorizations' | 'loginTs' | 'state' | 'transient' | 'uid' | 'exp',
    unknown
  >
>
type Stored = { text: string; exp: number }
type SessionModel = Content & { oldId?: string; touched?: boolean; [stored]?: Stored }
type Model = {
  prototype: SessionModel & { save(this: SessionModel, seconds: number): Promise<unknown> }
  instantiate(payload?: Content): SessionModel
}

const stored = Symbol('as stored')
const worthSeconds = 3600

export function skipUnchangedSessions(provider: Provider): void {
  const model = provider.Session as unknown as Model
  const { instantiate } = model
  const { save } = model.prototype
  model.instantiate = function remember(payload) {
    const session = instantiate.call(this, payload)
    if (typeof payload?.exp === 'number') note(session, payload.exp)
    return session
  }
  model.prototype.save = async function saveChanged(seconds) {
    const before = this[stored]
    const isKept = before !== undefined && this.oldId === undefined && before.text === textOf(this)
    if (isKept && nowMs() / 1000 + seconds - before.exp < worthSeconds) {
      this.touched = false
      return undefined
    }
    const value = await save.call(this, seconds)
    if (typeof this.exp === 'number') note(this, this.exp)
    return value
  }
}

function note(session: SessionModel, exp: number): void {
  const value: Stored = { text: textOf(session), exp }
  Object.defineProperty(session, stored, { value, configurable: true })
}

function textOf(session: SessionModel): string {
  const { acr, amr, accountId, authorizations, loginTs, state, transient, uid } = session
  return JSON.stringify([acr, amr, accountId, authorizations, loginTs, state, transient, uid])
}
