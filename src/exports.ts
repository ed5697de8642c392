// The public surface of `heddle`, listed by hand: all but `createRuntime`, which apps and threads load in ways of their own.

export { action, actionRef } from './action.js'
export type { LogicAction, Module, ReportedSnapshot } from './action.js'
export type { ActionDefinition, Arguments } from './definition.js'
export type {
  ActionContext,
  ActionInfo,
  ActionLog,
  Completion,
  Inputs,
  ReceivedBy,
  ReceiveOptions,
  Settling,
} from './context.js'
export type {
  AbortEvent,
  AbortSeenEvent,
  ActionEvent,
  ActionEventBase,
  ActionRecord,
  EmitEvent,
  ExitLateEvent,
  GapEvent,
  LogEvent,
  PhaseEvent,
  ReportEvent,
  RetryEvent,
  RunSnapshot,
  RuntimeEvent,
  SnapshotEvent,
  UnheardEvent,
  UnresponsiveEvent,
} from './events.js'
export type {
  ActionAddress,
  ActionHandle,
  ActionTypes,
  CheckpointOf,
  EmitOf,
  EventOfType,
  ExposedBy,
  MessageOf,
  ReportOf,
  ReportStream,
} from './handle.js'
export type { ActionPlace } from './protocol/resolved-options.js'
export { isActionThread } from './is-action-thread.js'
export type {
  ActionOptions,
  BaseOptions,
  CallOptions,
  CancelOptions,
  MailboxOptions,
  MapOptions,
  RetryOptions,
  SpawnOptions,
  StopOptions,
  TimeoutOptions,
} from './options.js'
export type { AbortReason, AbortSource } from './protocol/errors/abort-reason.js'
export {
  ActionAbortedError,
  ActionFailedError,
  ActionInputError,
  ActionNotFoundError,
  ActionTimedOutError,
  HeddleError,
  NotCloneableError,
  QueueFullError,
  RunEndedError,
  RuntimeClosedError,
  ThreadLostError,
} from './protocol/errors/errors.js'
export { isHeddleError } from './protocol/errors/is-heddle-error.js'
export type {
  AbortHow,
  InputIssue,
  ThreadLoss,
  ThreadLossBlame,
  ThreadLossCulprit,
  TimeoutBound,
} from './protocol/errors/errors.js'
export type { CodeMap } from './protocol/errors/is-heddle-error.js'
export type { EventObject } from './protocol/event-object.js'
export type { LogLevel } from './protocol/messages.js'
export type { ActionTimes, Outcome, Phase, TerminalPhase } from './protocol/outcome.js'
export type { Run } from './run.js'
export type {
  AbortAnswer,
  AbortOptions,
  CloseOptions,
  Inspector,
  LaneStats,
  Retention,
  Runtime,
  RuntimeOptions,
  RuntimeStats,
} from './runtime.js'
export type { AbortTrace, ActionTrace } from './runtime/observe/diagnostics.js'
export type { ControlServer, ServeLimits, ServeOptions } from './serving.js'
export type { Remote } from './remote.js'
// Not by name: an interface that is exported by name can't be augmented.
export type * from './services.js'
export { transfer } from './transfer.js'
export type { Transferable } from './protocol/transfers.js'
