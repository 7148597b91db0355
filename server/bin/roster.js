#!/usr/bin/env node
// The entry: plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(`Roster needs Node 24.15 or newer; this is ${process.version}.
Run it with "npm start" or "npx roster", which use the Node that "npm ci" brings, or install a newer one.`)
  process.exit(1)
}
const { availableParallelism } = await import('node:os')
// Read by libuv when its first thread starts: room for password hashes beside files and DNS.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(8, availableParallelism() + 4))
const { main } = await import('../src/main.ts')
await main(process.argv.slice(2))
