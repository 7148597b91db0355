// Starts a bundle once and ends it, so that Node keeps the compiled code: node warm.cjs FOLDER
const { spawn } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')

const entry = resolve(process.argv[2], 'roster.cjs')
const folder = mkdtempSync(join(tmpdir(), 'roster-warm-'))
const env = { ...process.env, NODE_ENV: 'development', ROSTER_HOST: '127.0.0.1', ROSTER_PORT: '0' }
const service = spawn(process.execPath, [entry, 'serve'], {
  cwd: folder,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
let isReady = false
service.stdout.on('data', (chunk) => {
  if (isReady || !String(chunk).includes('system.ready')) return
  isReady = true
  service.kill('SIGTERM')
})
service.on('exit', (code) => {
  rmSync(folder, { recursive: true })
  process.exitCode = isReady && code === 0 ? 0 : 1
})
