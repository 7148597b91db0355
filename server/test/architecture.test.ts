/** Reads the source and fails on a wrong import or a second entry point; see docs/architecture.md. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { createRoster } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log/log.ts'
import { allowed, uncollected } from './plans/allowed.ts'

type Source = { path: string; code: string; lines: number; imports: string[]; values: string[] }

const root = join(import.meta.dirname, '..')
const repository = join(root, '..')
const sources: Source[] = globSync('{src,bin}/**/*.{ts,js}', { cwd: root })
  .filter((path) => !/\.test\.ts$|\/test-[a-z-]+\.ts$|\.d\.ts$/.test(path))
  .sort()
  .map(readSource)

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const found = [...text.matchAll(/^(import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm)]
  const resolved = (name: string) =>
    name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name
  return {
    path,
    code: withoutComments(text),
    lines: text.split('\n').length - 1,
    imports: found.map(([, , , name = '']) => resolved(name)),
    values: found.flatMap(([, , type, name = '']) => (type ? [] : [resolved(name)])),
  }
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

/** The files, and what they import, where `isWrong` says so. */
function wrongImports(of: RegExp, isWrong: (target: string, path: string) => boolean): string[] {
  return sources
    .filter(({ path }) => of.test(path))
    .flatMap(({ path, imports }) =>
      imports.filter((target) => isWrong(target, path)).map((target) => `${path} imports ${target}`),
    )
}

function containing(pattern: RegExp, allowed: RegExp): string[] {
  return sources.filter(({ path, code }) => !allowed.test(path) && pattern.test(code)).map(({ path }) => path)
}

/** Words that docs/maintaining/writing.md replaces. */
const words =
  /\b([Ss]omebody|[Nn]obody|[Aa]nybody|[Ww]hoever|afresh|anew|[Ll]ately|so many|so long as|who asks|who is here|a moment ago|[Bb]esides|[Hh]ears|good for|given up|come along|(stay|left) behind|(unless|than) told|when left out|in the place of|outranks?|wired|in vain|(take[ns]?) back|pass(es|ed) over|at this moment|stands? beside|carried over|yardsticks?|under way|goes on|serves? on|put off|for ever|on paper|[Ww]hat is wrong|also not)\b/

const featureOf = (path: string) => /^src\/features\/([^/]+)\//.exec(path)?.[1]
const isStore = /(^|[/-])store\.ts$|filter\/sql\.ts$/

describe('imports', () => {
  it('the sources are read', () => assert.ok(sources.length > 100))

  it('a feature imports of other features only types of their services', () => {
    const isSibling = (target: string, path: string) =>
      featureOf(target) !== undefined && featureOf(target) !== featureOf(path)
    const isPrivate = (target: string) => isStore.test(target) || /routes\.ts$/.test(target)
    const values = sources
      .filter(({ path }) => featureOf(path))
      .flatMap(({ path, values }) =>
        values
          .filter((target) => isSibling(target, path))
          .map((target) => `${path} imports values of ${target}`),
      )
    const stores = wrongImports(
      /^src\/features\//,
      (target, path) => isSibling(target, path) && isPrivate(target),
    )
    assert.deepEqual([...values, ...stores], [])
  })

  it('the database knows neither features nor HTTP nor mail', () => {
    assert.deepEqual(
      wrongImports(/^src\/database\//, (target) =>
        /^src\/(features|http|mail|commands|app|main)/.test(target),
      ),
      [],
    )
  })

  it('HTTP knows neither features nor the database', () => {
    assert.deepEqual(
      wrongImports(/^src\/http\//, (target) =>
        /^src\/(features|database|mail|commands|app\.ts|main)/.test(target),
      ),
      [],
    )
  })

  it('routes reach only their service, not a store or the database', () => {
    assert.deepEqual(
      wrongImports(
        /\/features\/.*routes\.ts$/,
        (target) => isStore.test(target) || target.startsWith('src/database/'),
      ),
      [],
    )
  })

  it('nothing but the wiring imports routes of features', () => {
    assert.deepEqual(
      wrongImports(/^(?!src\/(wiring\/|features\/.*routes\.ts$))/, (target) =>
        /\/features\/.*routes\.ts$/.test(target),
      ),
      [],
    )
  })

  it('only routes know Fastify and the http folder', () => {
    assert.deepEqual(
      wrongImports(
        /^src\/(features|mail)\/(?!.*(routes|shapes)\.ts$)/,
        (target) => target.startsWith('src/http/') || target === 'fastify',
      ),
      [],
    )
  })

  it('stores know neither callers nor the clock nor HTTP', () => {
    assert.deepEqual(
      wrongImports(/(^|[/-])store\.ts$/, (target) => /^src\/(caller|clock|http\/.*)\.ts$/.test(target)),
      [],
    )
  })

  it('features and mail know neither the wiring nor the commands', () => {
    assert.deepEqual(
      wrongImports(/^src\/(features|mail|database|http)\//, (target) =>
        /^src\/(app|main|features)\.ts$|^src\/(commands|wiring)\//.test(target),
      ),
      [],
    )
  })

  it('there is no import circle, types included', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]))
    const done = new Set<string>()
    const visit = (path: string, trail: readonly string[]): string | null => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' → ')
      if (done.has(path)) return null
      for (const target of byPath.get(path)?.imports ?? []) {
        const circle = visit(target, [...trail, path])
        if (circle) return circle
      }
      done.add(path)
      return null
    }
    for (const { path } of sources) assert.equal(visit(path, []), null)
  })
})

describe('the wiring', () => {
  it('creates each part before the parts that use it', () => {
    const isWiring = /^src\/(app|features|wiring\/[a-z-]+)\.ts$/
    const early = sources
      .filter(({ path }) => isWiring.test(path))
      .flatMap(({ path, code }) =>
        [...code.matchAll(/^ {2}const (?:\{([^}]+)\}|(\w+))[^=]* = /gm)].flatMap(
          ({ index, 1: names, 2: name }) =>
            (names ?? name ?? '')
              .split(',')
              .map((part) => part.trim().replace(/^\w+: /, ''))
              .filter((part) => part !== '' && !part.startsWith('...'))
              .filter((part) =>
                new RegExp(`(?<![.\\w])${part}(\\.|\\()`).test(
                  code.slice(code.lastIndexOf('export function', index), index),
                ),
              )
              .map((part) => `${path} uses ${part} before it is created`),
        ),
      )
    assert.deepEqual(early, [])
  })
})

describe('single entry points', () => {
  it('process.env is read in config.ts alone', () => {
    assert.deepEqual(containing(/process\.env|from 'node:process'/, /^src\/config\.ts$|^bin\//), [])
  })

  it('time and chance come from clock.ts alone', () => {
    const pattern =
      /Date\.now|new Date\(\)|Math\.random|performance\.now|process\.hrtime|randomBytes|randomUUID|randomFill|randomInt|getRandomValues/
    assert.deepEqual(containing(pattern, /^src\/clock\.ts$/), [])
  })

  it('SQL is written in stores and the database folder alone', () => {
    assert.deepEqual(
      containing(
        /\bsql(<[^`]*?>)?`|\bsql\.(raw|lit|ref)\b/,
        /^src\/database\/|(^|[/-])store\.ts$|filter\/sql\.ts$/,
      ),
      [],
    )
  })

  it('which engine it is matters only in the database folder', () => {
    const branch = /dialect\.name\s*(===|!==|==)|(===|!==|case)\s*'(sqlite|postgres)'/
    assert.deepEqual(containing(branch, /^src\/database\//), [])
  })

  it('the drivers are opened in the database folder alone', () => {
    assert.deepEqual(
      wrongImports(/^(?!src\/database\/)/, (target) => target === 'pg' || target === 'node:sqlite'),
      [],
    )
  })

  it('OpenTelemetry is known to one file, which is loaded only where traces are wanted', () => {
    const isThere = (target: string) =>
      target.startsWith('@opentelemetry/') || target === 'src/tracing/open-telemetry.ts'
    assert.deepEqual(
      sources.filter(({ values }) => values.some(isThere)).map(({ path }) => path),
      ['src/tracing/open-telemetry.ts'],
    )
  })

  it('the only classes are errors that code distinguishes, and one that extends a class of Kysely', () => {
    assert.deepEqual(
      containing(
        /^\s*(export )?(abstract )?class (?!(App|Config|Usage|UsageError)Error\b)/m,
        /^src\/database\/sqlite\/sqlite\.ts$/,
      ),
      [],
    )
  })

  it('`as never`, which ends all checks of the compiler, stands in http/answers.ts alone', () => {
    assert.deepEqual(containing(/\bas never\b/, /^src\/http\/answers\.ts$/), [])
  })

  it('nothing is exported as default', () => {
    assert.deepEqual(containing(/^export default/m, /^$/), [])
  })
})

describe('files', () => {
  it('no file has more than 300 lines', () => {
    assert.deepEqual(
      sources.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path} has ${lines}`),
      [],
    )
  })

  it('names are kebab-case and say something', () => {
    const empty = /^(utils?|helpers?|common|manager|base|misc|shared|lib)(\.|$)|-(utils?|helpers?|manager)\./
    const wrong = sources
      .map(({ path }) => path)
      .filter(
        (path) =>
          !/^[a-z0-9-]+\.(ts|js)$/.test(basename(path)) || path.split('/').some((part) => empty.test(part)),
      )
    assert.deepEqual(wrong, [])
  })

  it('no folder has more than 16 files, catalogues aside', () => {
    const folders = Map.groupBy(sources, ({ path }) => dirname(path))
    const catalogues = /\/(migrations|formats|hashes|locales)$/
    const crowded = [...folders].flatMap(([folder, files]) => {
      const count = files.filter(({ path }) => !path.endsWith('.test.ts')).length
      return count > 16 && !catalogues.test(folder) ? [`${folder} has ${count}`] : []
    })
    assert.deepEqual(crowded, [])
  })

  it('comments, texts and documentation use the terms of docs/maintaining/writing.md', () => {
    const files = globSync(
      [
        '{server,console,sdk}/src/**/*.{ts,tsx}',
        'console/src/**/text/en.json',
        'server/src/texts/en.json',
        'server/src/mail/templates/*.txt',
        '*.md',
        'docs/**/*.md',
      ],
      { cwd: repository },
    )
    assert.ok(files.length > 300)
    const found = files
      .filter((path) => !/\/types\.ts$|writing\.md$/.test(path))
      .flatMap((path) =>
        readFileSync(join(repository, path), 'utf8')
          .split('\n')
          .flatMap((line, at) => (words.test(line) ? [`${path}:${at + 1}: ${words.exec(line)![0]}`] : [])),
      )
    assert.deepEqual(found, [])
  })

  it('titles and comments of tests use the terms of docs/maintaining/writing.md', () => {
    const files = globSync('{server,sdk}/test/**/*.ts', { cwd: repository })
    assert.ok(files.length > 250)
    const isText = /^\s*(\/\/|\/?\*)|\b(it|describe|onBothEngines)\(/
    const found = files
      .filter((path) => !/\/(browser|judges)\/|architecture\.test\.ts$|postgres-server\.ts$/.test(path))
      .flatMap((path) =>
        readFileSync(join(repository, path), 'utf8')
          .split('\n')
          .flatMap((line, at) =>
            isText.test(line) && (words.test(line) || /\b[Mm]eanwhile\b/.test(line))
              ? [`${path}:${at + 1}: ${line.trim()}`]
              : [],
          ),
      )
    assert.deepEqual(found, [])
  })
})

describe('the repository', () => {
  it('names files that exist in the exceptions for query plans', () => {
    for (const name of [...allowed.map(({ from }) => from), ...uncollected])
      assert.ok(existsSync(join(root, name)), name)
  })

  it('has no marker of a conflict, and each decision has a number, a status, a date and alternatives', () => {
    const files = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.{yml,yaml}', '.github/**/*.yml'], {
      cwd: repository,
    })
    const marked = files.filter((path) =>
      /^(<<<<<<<|>>>>>>>) /m.test(readFileSync(join(repository, path), 'utf8')),
    )
    assert.deepEqual(marked, [])
    const decisions = globSync('docs/decisions/*.md', { cwd: repository })
    const numbers = decisions.map((path) => basename(path).slice(0, 4))
    assert.deepEqual([...new Set(numbers)].sort(), numbers.sort())
    for (const path of decisions) {
      const text = readFileSync(join(repository, path), 'utf8')
      assert.match(text, /^# \d+\. .+\n\nStatus: (accepted|superseded by \d+), \d{4}-\d\d-\d\d\.\n/, path)
      assert.match(text, /alternatives/i, path)
    }
  })
})

describe('routes', () => {
  it('every route declares who may use it; what is public is on this list', async () => {
    const config = readConfig({
      DATABASE_URL: 'sqlite::memory:',
      ROSTER_SECRET_KEY: key,
      ROSTER_LOG_LEVEL: 'silent',
    })
    const roster = createRoster(config, createLog('silent', { write() {} }))
    try {
      await roster.app.ready()
      const plans = roster.app.plans.filter(({ method }) => method !== 'HEAD')
      assert.ok(plans.length > 30, `${plans.length} routes`)
      for (const { method, pattern, access } of plans) assert.ok(access, `${method} ${pattern}`)
      const changing = plans
        .filter(({ access, method }) => access === 'public' && method !== 'GET')
        .map(({ method, pattern }) => `${method} ${pattern}`)
      for (const route of changing)
        assert.match(route, /^(POST|OPTIONS) \/(users|auth\/[a-z/:-]+|setup|oauth2\/[a-z2/:-]+)$/)
    } finally {
      await roster.stop()
    }
  })
})

const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64')
