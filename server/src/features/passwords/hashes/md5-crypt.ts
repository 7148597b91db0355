import { equalText } from './bytes.ts'
import { digest, fill, reorder, toBytes, toCrypt64 } from './crypt.ts'
import { workOf } from './limits.ts'
import { costing, malformed, type Reading } from './reading.ts'

const order = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11]

/** md5-crypt of FreeBSD, `$1$`, and Apache's `$apr1$`: 1,000 rounds, which take about a millisecond. */
export function readMd5Crypt(encoded: string): Reading {
  const shape = /^(\$1\$|\$apr1\$)([!-#%-9;-~]{0,8})\$([./0-9A-Za-z]{22})$/
  const [, magic, salt, expected] = shape.exec(encoded) ?? []
  if (magic === undefined || salt === undefined || expected === undefined) return malformed('md5-crypt')
  return costing({ memoryKiB: 0, work: workOf.md5Crypt }, async (password) =>
    equalText(md5Crypt(toBytes(password), salt, magic), expected),
  )
}

function md5Crypt(password: string, salt: string, magic: string): string {
  let start = password + magic + salt + fill(digest('md5', password + salt + password), password.length)
  for (let bits = password.length; bits > 0; bits >>= 1) start += bits & 1 ? '\0' : password.charAt(0)

  let sum = digest('md5', start)
  for (let round = 0; round < 1_000; round++) {
    const odd = round & 1
    sum = digest(
      'md5',
      (odd ? password : sum) + (round % 3 ? salt : '') + (round % 7 ? password : '') + (odd ? sum : password),
    )
  }
  return toCrypt64(reorder(sum, order))
}
