// How the view of a run and the panel beside it share their room, and within the view the tree and its timeline: by widths
// that can be changed, and are kept.

import type { ComponentChildren, JSX } from 'preact'
import { PaneWidth, panelBounds, treeBounds } from '../model/pane-width.js'
import type { RunViewName } from '../model/route.js'
import { Separator } from './separator.js'
import { useSize } from './use-size.js'

const treeWidth = new PaneWidth('tree')
const panelWidth = new PaneWidth('panel')

/** With less room, the panel lies over the view, and nothing is to be divided. */
const NARROW = 760

/** The view, and the panel if one is open. */
export function RunBody(props: {
  readonly view: RunViewName
  readonly panel: JSX.Element | undefined
  readonly children: ComponentChildren
}): JSX.Element {
  const { view, panel, children } = props
  const [ref, size] = useSize<HTMLDivElement>()
  const { width } = size.value
  const isDivided = width >= NARROW
  const ofPanel = panelBounds(width)
  const panelNow = panelWidth.within(ofPanel)
  const ofTree = treeBounds(panel === undefined ? width : width - panelNow)
  const hasTree = isDivided && view === 'timeline'
  return (
    <div ref={ref} class="run-body" {...(isDivided && { style: { '--panel': `${panelNow}px` } })}>
      <div
        class="run-view"
        data-view={view}
        // An empty object takes away what was set.
        style={hasTree ? { '--tree': `${treeWidth.within(ofTree)}px` } : {}}
      >
        {children}
        {hasTree && (
          <Separator width={treeWidth} bounds={ofTree} side="left" label="the tree" controls="actions" />
        )}
      </div>
      {panel !== undefined && isDivided && (
        <Separator width={panelWidth} bounds={ofPanel} side="right" label="the panel" controls="panel" />
      )}
      {panel}
    </div>
  )
}
