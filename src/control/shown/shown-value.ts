// Values of the app's as JSON of a bounded size. They are shown so in records, too, so the writing lies below both.

export { show, showSized } from '../../protocol/values/shown-value.js'
export type { ShowLimits } from '../../protocol/values/value-limits.js'
