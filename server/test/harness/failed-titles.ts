/**
 * A reporter for `node --test`: at the end it lists the failed tests with the titles of their parents, the file and the
 * line. The reporter `spec` of Node shows only the last title.
 */
import type { TestEvent } from 'node:test/reporters'

type Failure = { title: string; place: string }

/** @returns lines such as `users in lists › have the members (server/test/users/lists.test.ts:12)` */
export default async function* failedTitles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const parents: string[] = []
  const failures: Failure[] = []
  for await (const { type, data } of events) {
    if (type === 'test:start') parents.splice(data.nesting, parents.length, data.name)
    if (type !== 'test:fail') continue
    const { error } = data.details
    if ('failureType' in error && error.failureType === 'subtestsFailed') continue
    failures.push({
      title: [...parents.slice(0, data.nesting), data.name].join(' › '),
      place: data.file === undefined ? '' : ` (${data.file}:${data.line})`,
    })
  }
  if (failures.length > 0)
    yield `\nfailed:\n${failures.map(({ title, place }) => `  ${title}${place}\n`).join('')}`
}
