/** The username of an account whose `userName` in the directory is not valid here, often an e-mail address. */

/** Candidates for the username, the best first. */
export function* usernamesFor(userName: string, isUsername: (text: string) => boolean): Generator<string> {
  if (isUsername(userName)) return void (yield userName)
  const local = userName.replace(/@[^@]*$/, '').normalize('NFKC')
  const clean = local.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '')
  const base = [...clean].slice(0, 50).join('')
  const first = [base, `user-${base}`].find(isUsername) ?? 'user'
  yield first
  for (let count = 2; count <= 50; count += 1) yield `${first}-${count}`
}
