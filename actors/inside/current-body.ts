// Which body's code is running, also across awaits: to attribute unhandled rejections, and for logics that act for the
// body around them. Apart, so that both the host and what is outside of it can import it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Body } from './body.js'

/** The body whose code is running. */
export const currentBody: AsyncLocalStorage<Body> = new AsyncLocalStorage<Body>()
