// An error with what caused it, each with its own fields and stack. All of it is text of the app's: it is shown as text.

import type { JSX } from 'preact'
import type { ErrorInfo } from '../../../control/api.js'
import { briefValue } from '../../model/words/brief-value.js'

/** What an action that has thrown fails with; what it threw is its cause. */
const WRAPPER = 'ActionFailedError'

interface ErrorChainProps {
  readonly error: ErrorInfo
  /** The action that is looked at. */
  readonly id: string
  readonly depth?: number
}

/** An error and its causes, from the outermost in. Of what the action itself has thrown, it is that which is shown. */
export function ErrorChain({ error, id, depth = 0 }: ErrorChainProps): JSX.Element {
  const { name, cause, action } = error
  if (depth === 0 && name === WRAPPER && cause !== undefined && (action ?? id) === id)
    return <OneError error={cause} id={id} depth={0} />
  return <OneError error={error} id={id} depth={depth} />
}

function OneError({ error, id, depth }: Required<ErrorChainProps>): JSX.Element {
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
