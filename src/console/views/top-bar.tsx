// The bar across the top: where one is, how the page stands to the server, and the theme.

import type { ComponentChildren, JSX } from 'preact'
import { NO_FILTER } from '../model/runs/filter.js'
import type { LinkState } from '../model/runs/run-store.js'
import { linkTo } from '../router.js'
import { session } from '../session.js'
import { focusTable } from './focus-table.js'
import { Brand, Icon } from './glyphs.js'
import { KeysSheet } from './keys-sheet.js'
import { LinkSign } from './link-notice.js'
import { chooseTheme, theme, type Theme } from './palette.js'

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' }
const THEME_LABEL: Readonly<Record<Theme, string>> = {
  auto: 'Theme: as the system',
  light: 'Theme: light',
  dark: 'Theme: dark',
}

/** The bar; its children say where one is below the list of runs. */
export function TopBar({
  link,
  children,
}: {
  link: LinkState | undefined
  children?: ComponentChildren
}): JSX.Element {
  const now = session.value
  const program = now.kind === 'open' ? now.process : undefined
  return (
    <header class="topbar">
      <button type="button" class="skip" onClick={focusTable}>
        Skip to the table
      </button>
      <a {...linkTo({ page: 'runs', filter: NO_FILTER })} class="brand">
        <Brand />
        <span>Heddle</span>
      </a>
      <nav aria-label="Where you are">
        <a {...linkTo({ page: 'runs', filter: NO_FILTER })}>Runs</a>
        {children}
      </nav>
      <span class="spring" />
      {program !== undefined && (
        <span class="program muted" title={`${program.cwd}\nNode ${program.node}, heddle ${program.heddle}`}>
          {program.title} · pid {program.pid}
          {program.scope === 'read' && <strong class="read-only">read only</strong>}
        </span>
      )}
      {link !== undefined && <LinkSign link={link} />}
      <KeysSheet />
      <button
        type="button"
        class="plain icon-only"
        title={THEME_LABEL[theme.value]}
        aria-label={THEME_LABEL[theme.value]}
        onClick={() => chooseTheme(NEXT_THEME[theme.value])}
      >
        <Icon name={theme.value} />
      </button>
    </header>
  )
}
