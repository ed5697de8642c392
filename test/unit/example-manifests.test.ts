// The manifests of the cluster example can't be tried here: they are read as what they are, at least.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

function read(file: string): unknown[] {
  const text = readFileSync(new URL(`../../examples/11-cluster/${file}`, import.meta.url), 'utf8')
  const documents = parseAllDocuments(text)
  expect([...documents].flatMap(({ errors }) => errors)).toEqual([])
  return [...documents].map((document): unknown => document.toJS())
}

describe('the manifests of the cluster example', () => {
  it('are one file of compose with a Redis, workers and an app', () => {
    expect(read('docker-compose.yml')).toMatchObject([
      { services: { redis: {}, worker: { stop_grace_period: '60s' }, app: {} } },
    ])
  })

  it('are a deployment of workers, and what scales it', () => {
    expect(read('kubernetes.yml')).toMatchObject([
      { kind: 'Deployment', spec: { template: { spec: { terminationGracePeriodSeconds: 60 } } } },
      { kind: 'ScaledObject', spec: { scaleTargetRef: { name: 'heddle-worker' } } },
    ])
  })
})
