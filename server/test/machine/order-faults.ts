/** The order of what the service does with its files, as the kernel sees it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineFault } from './fault.ts'
import { createInstallation } from './installation.ts'

const creates = 200

export const orderFaults: MachineFault[] = [
  {
    name: `SQLite: strace watches ${creates} new users, one after the other`,
    criterion: 'before each answer 201 the log of the database was synced after the previous answer',
    async happen() {
      const installation = await createInstallation()
      const trace = join(installation.folder, 'trace')
      await installation.start(
        `exec strace -D -f -y -s 16 -e trace=fsync,fdatasync,write,writev,sendto,sendmsg -o ${trace} "$0" "$@"`,
      )
      const statuses = []
      for (let at = 0; at < creates; at += 1)
        statuses.push(
          await installation.status('/users', {
            method: 'POST',
            headers: { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ username: `synced-${at}`, email: `synced-${at}@example.com` }),
          }),
        )
      await installation.stop()
      const { answers, early } = answersBeforeSync(readFileSync(trace, 'utf8'), `${installation.file}-wal`)
      const created = statuses.filter((status) => status === 201).length
      await installation.remove()
      return {
        measured: `${created} created, ${answers} answers 201 in the trace, ${early} of them before a sync`,
        ok: created === creates && answers === creates && early === 0,
      }
    },
  },
]

/**
 * The answers 201, and those without a completed sync of the file after the previous answer.
 * @param trace of strace with `-f -y`
 */
function answersBeforeSync(trace: string, file: string): { answers: number; early: number } {
  const unfinished = new Map<string, string>()
  let isSynced = false
  let answers = 0
  let early = 0
  for (const line of trace.split('\n')) {
    const [, task = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const isAnswer = call.includes('"HTTP/1.1 201')
    if (isAnswer) {
      answers += 1
      if (!isSynced) early += 1
      isSynced = false
    }
    if (call.endsWith('<unfinished ...>')) unfinished.set(task, call)
    const begun = call.startsWith('<... ') ? (unfinished.get(task) ?? '') : call
    if (/^f(data)?sync\(/.test(begun) && begun.includes(`<${file}>`) && call.endsWith('= 0')) isSynced = true
  }
  return { answers, early }
}
