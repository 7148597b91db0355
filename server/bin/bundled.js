/** What a bundle runs, after its entry has looked at the version of Node. */
import { main } from '../src/main.ts'
import { settleProcess } from './settle-process.js'

export function start() {
  settleProcess()
  return main(process.argv.slice(2))
}
