// What the keys of `heddle watch` do.

/** The sheet that `?` shows. */
export const WATCH_HELP: readonly string[] = [
  '  ↑ ↓  j k      choose an action; PgUp PgDn, Home End (g G): further',
  '  Enter  →      show it: attempts, times, error, reason, reports, logs',
  '  l             what it and the actions under it log',
  '  a  Delete     abort it with what is under it, for a reason that is asked for;',
  '                where it is aborting already: force it now, without more grace',
  '  /             list only what has these words in id, name, phase, report,',
  '                reason or error: /failed, /aborting, /sleeper',
  '  o             open it in the browser',
  '  Esc  ←        back; in the list: drop the filter',
  '  q  Ctrl-C     leave. The run goes on',
  '',
  '  Failures come first, then what is tried again, what is aborting, and what',
  '  has taken longest. An aborting action counts down to the end of its grace:',
  '  then force comes.',
]
