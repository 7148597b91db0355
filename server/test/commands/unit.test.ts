/** The unit is valid, and `deploy/systemd/roster` runs commands with its settings. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'

const root = new URL('../../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'roster-unit-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Stand-ins for the programs of systemd, which works with a booted system only. */
function installed(definition: string) {
  writeFileSync(join(folder, 'definition'), definition)
  writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\ncat ${folder}/definition\n`)
  writeFileSync(join(folder, 'systemd-run'), '#!/bin/sh\nprintf "%s\\n" "$@"\n')
  for (const name of ['systemctl', 'systemd-run']) chmodSync(join(folder, name), 0o755)
}

it('carries over the settings, secrets, user and folder of the unit', () => {
  const unit = readFileSync(join(root, 'deploy/systemd/roster.service'), 'utf8')
  const secrets = unit.replace(/^#(LoadCredential|Environment)/gm, '$1')
  installed(
    `# /etc/systemd/system/roster.service\n${secrets}\n# a drop-in\n[Service]\nEnvironment=ROSTER_APP_NAME=50%%\n`,
  )
  const { stdout, status, stderr } = spawnSync(
    join(root, 'deploy/systemd/roster'),
    ['users', 'list', '--filter', 'username eq "a b"'],
    { env: { PATH: `${folder}:${process.env['PATH']}` } },
  )
  assert.equal(status, 0, String(stderr))
  const given = String(stdout).trim().split('\n')
  const name = given.find((each) => each.startsWith('--unit='))!.slice('--unit='.length)
  assert.deepEqual(given.slice(given.indexOf(`--unit=${name}`) + 1), [
    '--property=DynamicUser=yes',
    '--property=StateDirectory=roster',
    '--property=StateDirectoryMode=0700',
    '--property=WorkingDirectory=/var/lib/roster',
    '--property=Environment=NODE_ENV=production',
    '--property=Environment=MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 NODE_OPTIONS=--max-semi-space-size=2',
    '--property=EnvironmentFile=-/etc/roster/roster.env',
    '--property=LoadCredential=database-url:/etc/roster/database-url',
    '--property=LoadCredential=secret-key:/etc/roster/secret-key',
    `--property=Environment=DATABASE_URL_FILE=/run/credentials/${name}.service/database-url ROSTER_SECRET_KEY_FILE=/run/credentials/${name}.service/secret-key`,
    '--property=UMask=0077',
    '--property=Environment=ROSTER_APP_NAME=50%',
    '--property=User=roster',
    '--',
    '/opt/roster/node_modules/.bin/node',
    '/opt/roster/server/bin/roster.js',
    'users',
    'list',
    '--filter',
    'username eq "a b"',
  ])
})

const verified = spawnSync('systemd-analyze', ['--version'])

it('systemd finds no fault in the unit', {
  skip: verified.error !== undefined && 'systemd is not installed',
}, () => {
  const unit = readFileSync(join(root, 'deploy/systemd/roster.service'), 'utf8')
  const file = join(folder, 'roster.service')
  const verify = (text: string) => {
    writeFileSync(file, text.replaceAll('/opt/roster/', root))
    return spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  }
  const { status, stderr } = verify(unit)
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, /roster\.service/)
  assert.match(verify(unit.replace('DynamicUser=', 'DynamicUsers=')).stderr, /DynamicUsers/)
})
