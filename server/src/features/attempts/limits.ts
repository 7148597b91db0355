/** How many attempts are free, how long they are remembered, and how long one waits after that. */
export type Limit = {
  name: string
  free: number
  windowSeconds: number
  wait: 'rest of the window' | { maxSeconds: number }
}

const day = 24 * 3600
const guess = (name: string, free: number): Limit => ({
  name,
  free,
  windowSeconds: day,
  wait: { maxSeconds: 15 * 60 },
})

/**
 * Two counters for each account. One counts by the name that was typed, and refuses openly: it does the same for an
 * unknown name. The other counts by the account, under all its names, and refuses silently: the answer is that of a
 * wrong password, so it does not tell which names belong together.
 */
export const byName = {
  /** From one network: five wrong passwords, then 1 s, 2 s, 4 s … 15 min. */
  network: guess('name-network', 5),
  /** From all networks that the account does not know; looser, because strangers share it. */
  everywhere: guess('name', 30),
}
export const byAccount = {
  network: guess('account-network', 5),
  everywhere: guess('account', 30),
}

/** One network at all accounts: against trying one password on many. */
export const network: Limit = { name: 'network', free: 20, windowSeconds: 60, wait: 'rest of the window' }
export const networkHourly: Limit = {
  name: 'network-hourly',
  free: 100,
  windowSeconds: 3600,
  wait: 'rest of the window',
}
/** The same at accounts that know the network, so that a stranger in an office does not stop the others there. */
export const networkOfKnown: Limit = {
  name: 'network-known',
  free: 100,
  windowSeconds: 60,
  wait: 'rest of the window',
}

/** Wider networks (IPv6 /56 and /48) have twice and four times of it. */
export function widened(limit: Limit, step: number): Limit {
  return step === 0 ? limit : { ...limit, name: `${limit.name}-${step}`, free: limit.free * 2 ** step }
}

/** New accounts of one network, besides the limit of a minute that each replica counts for itself. */
export const signUpsHourly: Limit = {
  name: 'sign-ups-hour',
  free: 100,
  windowSeconds: 3600,
  wait: 'rest of the window',
}
export const signUpsDaily: Limit = {
  name: 'sign-ups-day',
  free: 300,
  windowSeconds: day,
  wait: 'rest of the window',
}

/** A network from which the account signed in recently: failures in other networks do not delay it. */
export const knownNetwork = {
  name: 'known',
  windowSeconds: 30 * day,
  renewAfterSeconds: day,
  /** After this many wrong passwords in a row the network is no longer known. */
  failures: 100,
}

/** Unknown names share this many counters: they take no more room, and cause the same work. */
export const unknownNameBuckets = 4096
export const unknownNames = { name: 'unknown' }
