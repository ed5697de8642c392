// The router: the page's address as a signal that follows the browser's history.

import { signal, type ReadonlySignal } from '@preact/signals'
import { readRoute, routeAddress, type Route } from './model/route.js'

const current = signal<Route>(readRoute(location.pathname, location.search))

/** Where the page is. */
export const route: ReadonlySignal<Route> = current

/** Goes there. With `replace`, `back` doesn't return to where the page was: for what changes as one types. */
export function go(next: Route, replace = false): void {
  const address = routeAddress(next)
  if (address === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  current.value = next
}

/** Changes part of the route of the run that is shown. */
export function change(part: Partial<Route & { page: 'run' }>, replace = false): void {
  const now = current.peek()
  if (now.page === 'run') go({ ...now, ...part }, replace)
}

/** Follows the browser's back and forward. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    current.value = readRoute(location.pathname, location.search)
  })
}

/** For links within the page: the address, and what a plain click does instead of loading it. */
export function linkTo(next: Route): { href: string; onClick: (event: MouseEvent) => void } {
  return {
    href: routeAddress(next),
    onClick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
      event.preventDefault()
      go(next)
    },
  }
}
