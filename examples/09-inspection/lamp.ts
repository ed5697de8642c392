/** The actions: a parent, and a machine that runs as an actor in a thread. Threads import this file. */
import { action } from 'heddle'
import { setup } from 'xstate'

/** A lamp that goes out by itself. */
export const lamp = action(
  import.meta,
  'lamp',
  setup({ types: { events: {} as { type: 'press' } } }).createMachine({
    id: 'lamp',
    initial: 'off',
    states: { off: { on: { press: 'on' } }, on: { after: { 50: 'out' } }, out: { type: 'final' } },
  }),
)

export const room = action(import.meta, 'room', { cpu: 0 }, async (_: void, ctx) => {
  const child = ctx.spawn(lamp)
  child.send({ type: 'press' })
  await child
})
