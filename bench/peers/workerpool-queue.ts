// A queue for workerpool that takes the oldest in constant time, also of very many.

import type { WorkerPoolOptions } from 'workerpool'

type TaskQueue = Exclude<WorkerPoolOptions['queueStrategy'], string | undefined>
type Task = Parameters<TaskQueue['push']>[0]

/** The tasks in the order in which they came. */
export class FirstInFirstOut implements TaskQueue {
  #tasks: Task[] = []
  #first = 0

  push(task: Task): void {
    this.#tasks.push(task)
  }

  pop(): Task | undefined {
    const task = this.#tasks[this.#first]
    if (task === undefined) return undefined
    this.#first += 1
    if (this.#first === this.#tasks.length) this.clear()
    return task
  }

  size(): number {
    return this.#tasks.length - this.#first
  }

  contains(task: Task): boolean {
    return this.#tasks.includes(task, this.#first)
  }

  clear(): void {
    this.#tasks = []
    this.#first = 0
  }
}
