/** Loaded before the service: the process dies when it is about to keep the answer to a request, after what it made is committed. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

const isKeeping = (text) => /update "?idempotency_keys"? set "?answer"?/.test(String(text?.text ?? text))

function dieBefore(prototype, method) {
  const original = prototype[method]
  prototype[method] = function (text, ...rest) {
    if (isKeeping(text)) process.kill(process.pid, 'SIGKILL')
    return original.call(this, text, ...rest)
  }
}
dieBefore(DatabaseSync.prototype, 'prepare')
dieBefore(pg.Client.prototype, 'query')
