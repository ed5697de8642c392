// The same nothing, as a poolifier task.
import { ThreadWorker } from 'poolifier'

export default new ThreadWorker(() => 1)
