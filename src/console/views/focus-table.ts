// Where the keyboard goes when the button it was at has gone with what it was for.

/** To the table, or what the view has instead. */
export function focusTable(): void {
  for (const place of [
    '.grid',
    '.run-view [tabindex="0"]',
    'main [role=region][tabindex="0"]',
    'main button',
  ]) {
    const element = document.querySelector<HTMLElement>(place)
    if (element !== null) {
      element.focus()
      return
    }
  }
}

/** What stays when an action has ended, for a button that is about one: its table, or its panel. */
export function focusNear(element: HTMLElement | null): void {
  if (element?.isConnected === true && element !== document.body) {
    const near = element.closest('.grid') ?? element.closest('.panel')?.querySelector('.panel-body')
    if (near instanceof HTMLElement) {
      near.focus()
      return
    }
  }
  focusTable()
}
