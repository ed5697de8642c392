// Which folder may import which, said once. Type imports count like all others: a circle of types is a circle.

/** From the bottom to the top: each layer may import itself and what lies below it. */
const LAYERS = [
  { name: 'collections', path: '^src/collections/' },
  { name: 'protocol', path: '^src/protocol/' },
  { name: 'checks', path: '^src/checks/' },
  { name: 'link', path: '^src/cluster/link/' },
  { name: 'scheduling', path: '^src/scheduling/' },
  // The words that a user types: definitions, options, handles, events. All but the index.
  { name: 'surface', path: '^src/(?!(?:index|thread-index|exports)\\.ts)[^/]+\\.ts$' },
  { name: 'handles', path: '^src/handles/' },
  { name: 'channels', path: '^src/channels/' },
  { name: 'process', path: '^src/process/' },
  { name: 'inside', path: '^actors/inside/' },
  { name: 'actors', path: '^actors/[^/]+\\.ts$' },
  { name: 'threads', path: '^src/threads/' },
  { name: 'runtime', path: '^src/runtime/' },
  { name: 'cluster', path: '^src/cluster/(?!link/)' },
  { name: 'index', path: '^src/(?:index|thread-index|exports)\\.ts$' },
  { name: 'control', path: '^src/control/' },
  { name: 'sweep', path: '^src/sweep/' },
  { name: 'cli', path: '^src/cli/' },
  { name: 'console', path: '^src/console/' },
]

/** What the package is made of. The rest uses it by its name, and measures it against others. */
const SHIPPED = '^(?:src|actors)/'

/** What a layer may not import, though it lies below. */
const APART = [
  { from: 'link', to: ['checks'] },
  { from: 'scheduling', to: ['checks', 'link'] },
  { from: 'channels', to: ['scheduling'] },
  { from: 'process', to: ['scheduling', 'handles', 'channels'] },
  { from: 'inside', to: ['scheduling', 'process'] },
  { from: 'actors', to: ['process'] },
  { from: 'threads', to: ['process'] },
  { from: 'cluster', to: ['scheduling', 'inside', 'process', 'handles'] },
  {
    from: 'control',
    to: ['cluster', 'index', 'threads', 'scheduling', 'actors', 'inside', 'process'],
  },
  {
    from: 'sweep',
    to: ['cluster', 'index', 'control', 'threads', 'scheduling', 'actors', 'inside', 'process'],
  },
  // They know the runtime by the surface, or by the API.
  {
    from: 'cli',
    to: ['cluster', 'index', 'runtime', 'threads', 'scheduling', 'actors', 'inside', 'process'],
  },
  {
    from: 'console',
    to: ['cli', 'cluster', 'index', 'runtime', 'threads', 'scheduling', 'actors', 'inside', 'process'],
  },
]

const pathOf = Object.fromEntries(LAYERS.map(({ name, path }) => [name, path]))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one thing, or hide a third.',
      severity: 'error',
      // What the bundler has made of them is loaded as they are needed.
      from: { pathNot: '^(?:dist|build)/' },
      to: { circular: true },
    },
    ...LAYERS.slice(0, -1).map(({ name, path }, at) => ({
      name: `${name}-imports-downwards`,
      comment: `Imports go one way: ${name} imports only what lies below it.`,
      severity: 'error',
      from: { path },
      to: {
        path: LAYERS.slice(at + 1).map((above) => above.path),
        // It loads these when it is served, or its counts are asked for.
        ...(name === 'runtime' && { pathNot: '^src/control/server/(?:start-server|mirror/metrics)\\.ts$' }),
      },
    })),
    ...APART.map(({ from, to }) => ({
      name: `${from}-apart`,
      comment: `${from} knows nothing of ${to.join(', ')}.`,
      severity: 'error',
      from: { path: pathOf[from] },
      to: { path: to.map((name) => pathOf[name]) },
    })),
    {
      name: 'server-loaded-when-asked-for',
      comment:
        "A runtime that isn't served loads neither the server nor the counts: import them dynamically.",
      severity: 'error',
      from: { path: '^src/runtime/' },
      to: { path: '^src/control/', dynamic: false },
    },
    {
      name: 'commands-loaded-when-needed',
      comment: 'A runtime that runs no command loads nothing of it: import it dynamically, or its types.',
      severity: 'error',
      from: { path: '^src/runtime/' },
      to: { path: '^src/process/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'server-sees-runtime-access',
      comment:
        'What the server needs of the runtime is in runtime-access.ts; nothing else of the runtime is its concern.',
      severity: 'error',
      from: { path: '^src/control/' },
      to: { path: '^src/runtime/', pathNot: '^src/runtime/runtime-access\\.ts$' },
    },
    {
      name: 'piscina-in-one-file',
      comment: "Only src/threads/pool.ts knows Piscina; use the pool's own interface.",
      severity: 'error',
      from: { path: SHIPPED, pathNot: '^src/threads/pool\\.ts$' },
      to: { path: '^(?:node_modules/)?piscina(?:/|$)' },
    },
    {
      name: 'ioredis-in-one-file',
      comment:
        'Only src/cluster/link/redis.ts knows ioredis, and loads it when a cluster first connects: it is an optional peer.',
      severity: 'error',
      from: { path: SHIPPED, pathNot: '^src/cluster/link/redis\\.ts$' },
      to: { path: '^(?:node_modules/)?ioredis(?:/|$)' },
    },
    {
      name: 'ioredis-loaded-when-opened',
      comment: 'Whoever has no cluster has no ioredis: import it dynamically, or its types.',
      severity: 'error',
      from: { path: '^src/cluster/' },
      to: {
        path: '^(?:node_modules/)?ioredis(?:/|$)',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'bullmq-in-one-file',
      comment:
        'Only src/cluster/engine/bullmq.ts knows BullMQ, and loads it when it is needed: it is an optional peer.',
      severity: 'error',
      from: { path: SHIPPED, pathNot: '^src/cluster/engine/bullmq\\.ts$' },
      to: { path: '^(?:node_modules/)?bullmq(?:/|$)' },
    },
    {
      name: 'bullmq-loaded-when-needed',
      comment: 'Whoever has no cluster has no BullMQ: import it dynamically, or its types.',
      severity: 'error',
      from: { path: '^src/cluster/' },
      to: { path: '^(?:node_modules/)?bullmq(?:/|$)', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-by-its-own-name',
      comment: 'Inside the package, import the file itself, not the package by its name.',
      severity: 'error',
      from: { path: SHIPPED },
      to: { path: '^(?:heddle(?:/|$)|dist/)' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6', 'cjs'],
  },
}
