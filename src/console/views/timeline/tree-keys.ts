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
  const { view, selected, onSelect, onAbort, rowsInSight, scrollTo } = options
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement && event.key === ' ') return
    const table = view.store.table.peek()
    const { rows } = view.shown.peek()
    const row = view.current.peek() === undefined ? NONE : view.rowOf(view.current.peek()!)
    const index = row === NONE ? -1 : rows.indexOf(row)
    const group = groupOf(view.shown.peek(), row)
    const id = index === -1 ? undefined : view.idOf(row)

    const moveTo = (to: number): void => {
      if (rows.length === 0) return
      const bounded = Math.max(0, Math.min(rows.length - 1, to))
      const nextRow = rows[bounded]!
      const next = view.idOf(nextRow)
      view.current.value = next
      scrollTo(bounded)
      if (nextRow < NONE) return
      if (selected !== undefined) onSelect(next)
      if (event.shiftKey && !table.hasEnded(nextRow)) view.mark([next], true)
    }

    if (group !== undefined && index !== -1 && onGroupKey(options, group, event.key, moveTo, index)) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    switch (event.key) {
      case 'ArrowDown':
        moveTo(index + 1)
        break
      case 'ArrowUp':
        moveTo(index === -1 ? 0 : index - 1)
        break
      case 'PageDown':
        moveTo(index + rowsInSight)
        break
      case 'PageUp':
        moveTo(index - rowsInSight)
        break
      case 'Home':
        moveTo(0)
        break
      case 'End':
        moveTo(rows.length - 1)
        break
      case 'ArrowRight':
        if (id === undefined || table.firstChild[row] === NONE) return
        if (view.collapsed.peek().has(id)) view.toggle(id, false)
        else moveTo(index + 1)
        break
      case 'ArrowLeft': {
        if (id === undefined) return
        if (table.firstChild[row] !== NONE && !view.collapsed.peek().has(id)) view.toggle(id, true)
        else {
          const parent = rows.indexOf(table.parent[row]!)
          if (parent !== -1) moveTo(parent)
        }
        break
      }
      case 'Enter':
        if (id === undefined) return
        onSelect(id)
        break
      case ' ':
        if (id === undefined) return
        if (!table.hasEnded(row) || view.marked.peek().has(id)) view.mark([id], !view.marked.peek().has(id))
        break
      case 'Escape':
        if (selected !== undefined) onSelect(undefined)
        else if (view.marked.peek().size > 0) view.marked.value = new Set()
        else return
        break
      case 'Delete':
      case 'Backspace': {
        if (onAbort === undefined) return
        const marked = [...view.marked.peek()]
        if (marked.length > 0) onAbort({ kind: 'actions', ids: marked, label: 'the marked actions' })
        else if (id !== undefined && !table.hasEnded(row))
          onAbort({ kind: 'action', id, name: table.names[row]! })
        else return
        break
      }
      case '+':
      case '=':
      case '-':
        view.zoomBy(event.key === '-' ? 2 : 0.5)
        break
      case '0':
        view.choose(undefined)
        break
      case 'f':
        if (view.isLive()) view.toggleFollowing()
        break
      default:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }
}

/** The keys that mean something else on a group's row; whether this is one of them. */
function onGroupKey(
  { view, onAbort }: TreeKeysOptions,
  group: RowGroup,
  key: string,
  moveTo: (index: number) => void,
  index: number,
): boolean {
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
