// workerpool's threads: a method for each task.

import workerpool from 'workerpool'
import { tasks } from '../tasks.js'

workerpool.worker({ ...tasks })
