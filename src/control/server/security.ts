// The permissions of callers. Three walls, each for another attacker: the `Host` must be ours (a page that has its own name
// resolved to this machine), the `Origin` must be ours (a page elsewhere that posts here), and a secret must be shown
// (anybody else on this machine, or on the network). Tokens are compared in constant time, by their hashes.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { Scope } from '../api.js'
import { ApiError } from './api-error.js'

/** How long a browser's session lasts, in seconds. */
const SESSION_S = 12 * 60 * 60
/** Open at a time, for each of the two tokens: those of one must not push out those of the other. */
const SESSIONS = 1000

/** What the walls are made of. */
export interface SecurityOptions {
  readonly instance: string
  readonly token: string
  readonly readToken: string
  /** Whether it listens beyond loopback. */
  readonly isPublic: boolean
  /** The address it was told to listen on. */
  readonly host: string
  readonly allowedHosts: readonly string[]
  readonly now: () => number
}

/** The headers that count. */
export interface RequestHeaders {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly authorization: string | undefined
  readonly cookie: string | undefined
}

/** Who asks. */
export interface Caller {
  readonly scope: Scope
  readonly by: 'token' | 'cookie'
}

/** A request that brings a token which isn't right: see `TokenThrottle`. */
export class WrongTokenError extends ApiError {
  constructor(message: string) {
    super('unauthorized', message)
  }
}

/** The walls of one server. */
export class Security {
  readonly #options: SecurityOptions
  readonly #hashes: { readonly full: Buffer; readonly read: Buffer }
  /** When each ends, oldest first. */
  readonly #sessions: Readonly<Record<Scope, Map<string, number>>> = { full: new Map(), read: new Map() }
  readonly #cookieName: string
  /** Set when it listens. */
  port = 0

  constructor(options: SecurityOptions) {
    this.#options = options
    this.#hashes = { full: hash(options.token), read: hash(options.readToken) }
    // Cookies don't know ports: two processes of one machine would take each other's.
    this.#cookieName = `heddle-${options.instance}`
  }

  /** Refuses a request that was made to another name, or comes from a page elsewhere. `isSocket`: no browser gets there. */
  checkPlace({ host, origin, fetchSite }: RequestHeaders, isSocket: boolean): void {
    if (isSocket) return
    if (host === undefined || !this.#isOwnHost(host)) {
      throw new ApiError(
        'forbidden',
        `the request is for host '${host ?? ''}', which isn't this server's: give it among 'allowedHosts' if it should be`,
      )
    }
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      throw new ApiError(
        'forbidden',
        `the request comes from '${origin}': pages of other origins may not ask here`,
      )
    }
    if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
      throw new ApiError('forbidden', `the request comes from another site's page (${fetchSite})`)
    }
  }

  /** Who asks; refuses one without a token that is known. `changes`: the request isn't just a look. */
  identify({ authorization, cookie, origin }: RequestHeaders, changes: boolean): Caller {
    const caller = authorization === undefined ? this.#byCookie(cookie) : this.#byToken(authorization)
    if (caller === undefined) {
      const needed = "'Authorization: Bearer <token>' is needed, with the token that runtime.serve() gave"
      if (authorization === undefined) {
        throw new ApiError('unauthorized', `the request brings no token: ${needed}`)
      }
      throw new WrongTokenError(`the request brings a token that is wrong: ${needed}`)
    }
    // A browser sends it with everything but a plain look; a cookie alone proves nothing about who has sent it.
    if (caller.by === 'cookie' && changes && origin === undefined) {
      throw new ApiError('forbidden', 'a request with a cookie must say its origin')
    }
    return caller
  }

  /** Exchanges a token for a cookie; gives the header's value. */
  openSession(authorization: string | undefined): string {
    const caller = authorization === undefined ? undefined : this.#byToken(authorization)
    if (caller === undefined) {
      const message = "a session needs 'Authorization: Bearer <token>' with the right token"
      if (authorization === undefined) throw new ApiError('unauthorized', message)
      throw new WrongTokenError(message)
    }
    const now = this.#options.now()
    const sessions = this.#sessions[caller.scope]
    for (const [id, until] of sessions) {
      if (until > now && sessions.size < SESSIONS) break
      sessions.delete(id)
    }
    const id = randomBytes(32).toString('base64url')
    sessions.set(id, now + SESSION_S * 1000)
    return `${this.#cookieName}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_S}`
  }

  /** Ends the session of a cookie; gives the header's value that removes it. */
  closeSession(cookie: string | undefined): string {
    const id = this.#sessionId(cookie)
    if (id !== undefined) for (const sessions of Object.values(this.#sessions)) sessions.delete(id)
    return `${this.#cookieName}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`
  }

  #byToken(authorization: string): Caller | undefined {
    const given = /^Bearer +(.+)$/i.exec(authorization)?.[1]
    if (given === undefined) return undefined
    const hashed = hash(given.trim())
    // Both are always compared: the time doesn't tell which it was like.
    const isFull = timingSafeEqual(hashed, this.#hashes.full)
    const isRead = timingSafeEqual(hashed, this.#hashes.read)
    if (isFull) return { scope: 'full', by: 'token' }
    return isRead ? { scope: 'read', by: 'token' } : undefined
  }

  #byCookie(cookie: string | undefined): Caller | undefined {
    const id = this.#sessionId(cookie)
    if (id === undefined) return undefined
    for (const scope of ['full', 'read'] as const) {
      // Found by a hash table, whose time tells nothing of 256 random bits.
      const until = this.#sessions[scope].get(id)
      if (until !== undefined && until > this.#options.now()) return { scope, by: 'cookie' }
    }
    return undefined
  }

  #sessionId(cookie: string | undefined): string | undefined {
    for (const part of cookie?.split(';') ?? []) {
      const [name, value] = part.trim().split('=')
      if (name === this.#cookieName && value !== undefined && value !== '') return value
    }
    return undefined
  }

  #isOwnHost(host: string): boolean {
    const { name, port } = splitHost(host.toLowerCase())
    const { allowedHosts, isPublic } = this.#options
    for (const allowed of allowedHosts) {
      const wanted = splitHost(allowed.toLowerCase())
      if (wanted.name === name && (wanted.port === undefined || wanted.port === port)) return true
    }
    if ((port ?? '80') !== String(this.port)) return false
    if (name === 'localhost' || name === '127.0.0.1' || name === '[::1]') return true
    if (name === this.#options.host.toLowerCase() || name === `[${this.#options.host.toLowerCase()}]`)
      return true
    // No page has an address for a name; and this machine's own name isn't a stranger's to give away.
    const address = name.replace(/^\[|\]$/g, '')
    return isPublic ? isIP(address) !== 0 || name === hostname().toLowerCase() : isLoopback(address)
  }
}

/** Whether an address is this machine's own and nobody else's. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase()
  return address === 'localhost' || address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address)
}

/** A secret of 256 bits. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}

function splitHost(host: string): { readonly name: string; readonly port: string | undefined } {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host) ?? []
  return { name, port }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
