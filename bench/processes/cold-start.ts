// A program's first result: imports a pool or Heddle, creates it and has it run a no-op. Prints the milliseconds.

const [, , who] = process.argv
const start = performance.now()
if (who === 'heddle') {
  const [{ createRuntime }, { noOp }] = await Promise.all([import('heddle'), import('./cold-action.js')])
  const runtime = createRuntime({ threads: 2 })
  await runtime.run(noOp)
  print()
  await runtime.close()
} else if (who === 'piscina') {
  const { startPiscina } = await import('../peers/piscina.js')
  const pool = startPiscina()
  await pool.run('noOp')
  print()
  await pool.close()
} else {
  const { startRaw } = await import('../peers/raw.js')
  const raw = await startRaw('noOp')
  await raw.run('noOp')
  print()
  await raw.close()
}

function print(): void {
  process.stdout.write(JSON.stringify(performance.now() - start))
}
