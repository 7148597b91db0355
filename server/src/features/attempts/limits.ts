/** The limits of attempts: the number of free attempts, how long they count, and the delay after them. */
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
 * Each account has two counters. One counts by the typed name, also for unknown names; above its limit the answer is an
 * error. The other counts by account, for all its names; above its limit the answer is the same as for a wrong password,
 * so it does not reveal which names belong together.
 */
export const byName = {
  /** From one network: five wrong passwords, then delays of 1 s, 2 s, 4 s … 15 min. */
  network: guess('name-network', 5),
  /** From all networks that the account does not know. The limit is higher, because strangers share it. */
  everywhere: guess('name', 30),
}
export const byAccount = {
  network: guess('account-network', 5),
  everywhere: guess('account', 30),
}

/** From one network at all accounts, against password spraying. */
export const network: Limit = { name: 'network', free: 20, windowSeconds: 60, wait: 'rest of the window' }
export const networkHourly: Limit = {
  name: 'network-hourly',
  free: 100,
  windowSeconds: 3600,
  wait: 'rest of the window',
}
/** The same for accounts that know the network, so that an attacker in an office does not block its other users. */
export const networkOfKnown: Limit = {
  name: 'network-known',
  free: 100,
  windowSeconds: 60,
  wait: 'rest of the window',
}

/** The limits of wider networks (IPv6 /56 and /48) are two and four times as high. */
export function widened(limit: Limit, step: number): Limit {
  return step === 0 ? limit : { ...limit, name: `${limit.name}-${step}`, free: limit.free * 2 ** step }
}

/** New accounts of one network, in addition to the limit a minute that each replica counts separately. */
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

/** A network from which the account signed in recently. Failures in other networks do not delay it. */
export const knownNetwork = {
  name: 'known',
  windowSeconds: 30 * day,
  renewAfterSeconds: day,
  /** After this many wrong passwords in a row the network is no longer known. */
  failures: 100,
}

/** The number of counters that unknown names share. It bounds the rows, and the work is the same as for known names. */
export const unknownNameBuckets = 4096
export const unknownNames = { name: 'unknown' }
