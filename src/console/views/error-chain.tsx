// An error with what caused it, each with its own fields and stack. All of it is text of the app's: it is shown as text.

import type { JSX } from 'preact'
import type { ErrorInfo } from '../../control/api.js'
import { briefValue } from '../model/brief-value.js'

/** An error and its causes, from the outermost in. `id` is the action that is looked at. */
export function ErrorChain({
  error,
  id,
  depth = 0,
}: {
  error: ErrorInfo
  id: string
  depth?: number
}): JSX.Element {
  const { name, code, message, stack, fields, cause, errors, action } = error
  return (
    <div class="error">
      <p class="error-line">
        <span class="error-name">{name}</span>
        {code !== undefined && code !== name && <code class="tag">{code}</code>}
        {action !== undefined && action !== id && (
          <span class="muted">
            {' '}
            in <span class="mono">{action}</span>
          </span>
        )}
      </p>
      <p class="error-message">{message}</p>
      {fields !== undefined && Object.keys(fields).length > 0 && (
        <dl class="pairs">
          {Object.entries(fields).map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd class="mono breaks">{briefValue(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {stack !== undefined && (
        <details class="stack" open={depth === 0 && cause === undefined}>
          <summary>Stack</summary>
          <pre tabIndex={0}>{stack}</pre>
        </details>
      )}
      {errors?.map((each, index) => (
        <div key={index} class="cause">
          <p class="cause-label">
            error {index + 1} of {errors.length}
          </p>
          <ErrorChain error={each} id={id} depth={depth + 1} />
        </div>
      ))}
      {cause !== undefined && (
        <div class="cause">
          <p class="cause-label">caused by</p>
          <ErrorChain error={cause} id={id} depth={depth + 1} />
        </div>
      )}
    </div>
  )
}
