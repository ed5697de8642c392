import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentOf, encodeFrame, FrameReader, ToApp, type Frame } from '../../../src/process/frames.js'

describe('frames', () => {
  it('are the same again, wherever the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ command: fc.nat(2 ** 32 - 1), document: fc.object() })),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (sent, sizes) => {
          const bytes = Buffer.concat(
            sent.map(({ command, document }) => encodeFrame(ToApp.exited, command, document)),
          )
          const reader = new FrameReader()
          const frames: Frame[] = []
          for (let at = 0; at < bytes.length;) {
            const size = sizes.next().value as number
            frames.push(...reader.read(bytes.subarray(at, at + size)))
            at += size
          }
          expect(frames.map((frame) => [frame.kind, frame.command, documentOf(frame)])).toEqual(
            sent.map(({ command, document }) => [
              ToApp.exited,
              command,
              JSON.parse(JSON.stringify(document)),
            ]),
          )
        },
      ),
    )
  })
})
