/** The service as a process of its own. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Where a service that was told to choose its port listens. @throws its last words when it ends before that */
export async function urlWhenReady(child: ChildProcess): Promise<string> {
  const words: string[] = []
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!])
      createInterface(stream).on('line', (line) => {
        words.push(line)
        if (line.includes('"system.ready"')) resolve(`http://127.0.0.1:${JSON.parse(line).port}`)
      })
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with ${code}: ${words.slice(-5).join('\n')}`)
  })
  // It may be killed later, when no code awaits this promise.
  ended.catch(() => {})
  return Promise.race([url, ended])
}
