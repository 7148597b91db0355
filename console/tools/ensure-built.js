/**
 * Builds the pages when their build is missing or older than its sources. With `--background` it does so in a process of
 * its own and returns at once. An installation without development packages keeps the build that it has.
 */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { builtHash, hashSources } from './sources.js'

const build = fileURLToPath(new URL('./build.js', import.meta.url))

if (hasVite() && builtHash() !== hashSources()) {
  if (process.argv.includes('--background'))
    spawn(process.execPath, [build], { detached: true, stdio: 'ignore', windowsHide: true }).unref()
  else process.exitCode = spawnSync(process.execPath, [build], { stdio: 'inherit' }).status ?? 1
}

function hasVite() {
  try {
    import.meta.resolve('vite')
    return true
  } catch {
    return false
  }
}
