#!/usr/bin/env node
// The entry: plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 16)) {
  console.error(`Roster needs Node 24.16 or newer; this is ${process.version}.
Run it with "npm start" or "npx roster", which use the Node that "npm ci" brings, or install a newer one.`)
  process.exit(1)
}
const { enableCompileCache, flushCompileCache } = await import('node:module')
const { fileURLToPath } = await import('node:url')
// Stripped and compiled code is kept: a start takes half the time and 25 MB less. Not in node_modules, which `npm ci`
// removes while a stopped service may still write there. Where the folder cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../.cache/roster', import.meta.url)))
setTimeout(flushCompileCache, 5000).unref()
const { settleProcess } = await import('./settle-process.js')
settleProcess()
const { main } = await import('../src/main.ts')
await main(process.argv.slice(2))
