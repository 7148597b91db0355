#!/usr/bin/env node
// The entry of a bundle. An old Node gets a sentence instead of a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 16)) {
  console.error(`Roster needs Node 24.16 or newer; this is ${process.version}.`)
  process.exit(1)
}
const { enableCompileCache, flushCompileCache } = require('node:module')
// Compiled code is kept beside the bundle. Where the folder cannot be written, nothing is kept.
enableCompileCache(`${__dirname}/.cache`)
setTimeout(flushCompileCache, 5000).unref()
require('./server.cjs').start()
