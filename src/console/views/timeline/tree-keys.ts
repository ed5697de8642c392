// The keyboard of the tree, as the ARIA pattern of a tree grid has it, and a few keys of its own for time and aborts.

import { NONE } from '../../model/runs/action-table.js'
import type { AbortTarget } from '../../model/aborts/abort-target.js'
import type { RunView } from '../../model/runs/run-view.js'
import { groupOf, type RowGroup } from '../../model/runs/tree-rows.js'

/** What the tree of actions needs of the page around it. */
export interface TreeProps {
  readonly view: RunView
  /** Id of the action whose panel is open. */
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onAbort: ((target: AbortTarget) => void) | undefined
}

/** What the keys need of the table. */
export interface TreeKeysOptions extends TreeProps {
  readonly rowsInSight: number
  readonly scrollTo: (index: number) => void
}

/** The handler of the table's key presses. */
export function useTreeKeys(options: TreeKeysOptions): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement && event.key === ' ') return
    const press = pressOf(options, event)
    const { group } = press
    const isOfGroup = group !== undefined && onGroupKey(press, group)
    if (!isOfGroup && !onMoveKey(press) && !onRowKey(press) && !onTimeKey(press)) return
    event.preventDefault()
    event.stopPropagation()
  }
}

/** A key, and where it was pressed. */
interface Press extends TreeKeysOptions {
  readonly key: string
  /** Rows of the table that are shown, in order. */
  readonly rows: Int32Array
  /** The current one, and where it stands among these; `NONE` and -1 if it isn't there. */
  readonly row: number
  readonly index: number
  /** The action of that row, or the group. */
  readonly id: string | undefined
  readonly group: RowGroup | undefined
  readonly moveTo: (index: number) => void
}

function pressOf(options: TreeKeysOptions, { key, shiftKey }: KeyboardEvent): Press {
  const { view, selected, onSelect, scrollTo } = options
  const { rows } = view.shown.peek()
  const current = view.current.peek()
  const row = current === undefined ? NONE : view.rowOf(current)
  const index = row === NONE ? -1 : rows.indexOf(row)
  const group = index === -1 ? undefined : groupOf(view.shown.peek(), row)
  const moveTo = (to: number): void => {
    if (rows.length === 0) return
    const bounded = Math.max(0, Math.min(rows.length - 1, to))
    const nextRow = rows[bounded]!
    const next = view.idOf(nextRow)
    view.current.value = next
    scrollTo(bounded)
    if (nextRow < NONE) return
    if (selected !== undefined) onSelect(next)
    if (shiftKey && !view.store.table.peek().hasEnded(nextRow)) view.mark([next], true)
  }
  return { ...options, key, rows, row, index, id: index === -1 ? undefined : view.idOf(row), group, moveTo }
}

/** Each of these says whether it is a key of its own. */
function onMoveKey({ view, key, rows, row, index, id, rowsInSight, moveTo }: Press): boolean {
  const table = view.store.table.peek()
  switch (key) {
    case 'ArrowDown':
      moveTo(index + 1)
      return true
    case 'ArrowUp':
      moveTo(index === -1 ? 0 : index - 1)
      return true
    case 'PageDown':
      moveTo(index + rowsInSight)
      return true
    case 'PageUp':
      moveTo(index - rowsInSight)
      return true
    case 'Home':
      moveTo(0)
      return true
    case 'End':
      moveTo(rows.length - 1)
      return true
    case 'ArrowRight':
      if (id === undefined || table.firstChild[row] === NONE) return false
      if (view.collapsed.peek().has(id)) view.toggle(id, false)
      else moveTo(index + 1)
      return true
    case 'ArrowLeft': {
      if (id === undefined) return false
      if (table.firstChild[row] !== NONE && !view.collapsed.peek().has(id)) view.toggle(id, true)
      else {
        const parent = rows.indexOf(table.parent[row]!)
        if (parent !== -1) moveTo(parent)
      }
      return true
    }
    default:
      return false
  }
}

function onRowKey({ view, key, row, id, selected, onSelect, onAbort }: Press): boolean {
  const table = view.store.table.peek()
  const marked = view.marked.peek()
  switch (key) {
    case 'Enter':
      if (id === undefined) return false
      onSelect(id)
      return true
    case ' ':
      if (id === undefined) return false
      if (!table.hasEnded(row) || marked.has(id)) view.mark([id], !marked.has(id))
      return true
    case 'Escape':
      if (selected !== undefined) onSelect(undefined)
      else if (marked.size > 0) view.marked.value = new Set()
      else return false
      return true
    case 'Delete':
    case 'Backspace':
      if (onAbort === undefined) return false
      if (marked.size > 0) onAbort({ kind: 'actions', ids: [...marked], label: 'the marked actions' })
      else if (id !== undefined && !table.hasEnded(row))
        onAbort({ kind: 'action', id, name: table.names[row]! })
      else return false
      return true
    default:
      return false
  }
}

function onTimeKey({ view, key }: Press): boolean {
  switch (key) {
    case '+':
    case '=':
    case '-':
      view.zoomBy(key === '-' ? 2 : 0.5)
      return true
    case '0':
      view.choose(undefined)
      return true
    case 'f':
      if (view.isLive()) view.toggleFollowing()
      return true
    default:
      return false
  }
}

/** The keys that mean something else on a group's row. */
function onGroupKey({ view, onAbort, key, moveTo, index }: Press, group: RowGroup): boolean {
  const isOpen = view.openGroups.peek().has(group.key)
  switch (key) {
    case 'Enter':
      view.toggleGroup(group.key)
      return true
    case 'ArrowRight':
      if (isOpen) moveTo(index + 1)
      else view.toggleGroup(group.key)
      return true
    case 'ArrowLeft':
      if (isOpen) view.toggleGroup(group.key)
      else moveTo(view.shown.peek().rows.indexOf(group.parent))
      return true
    case ' ':
      return true
    case 'Delete':
    case 'Backspace': {
      if (view.marked.peek().size > 0) return false
      const { live } = view.factsOf(group, true)
      if (onAbort !== undefined && live.length > 0)
        onAbort({ kind: 'actions', ids: live, label: `all ${group.name}` })
      return true
    }
    default:
      return false
  }
}
