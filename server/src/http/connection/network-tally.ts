/** Counts something that requests hold, for each network and in all. */
export function createNetworkTally() {
  let inAll = 0
  const byNetwork = new Map<string, number>()
  return {
    inAll: () => inAll,
    of: (network: string) => byNetwork.get(network) ?? 0,
    /** @param count negative for what is given back */
    add(network: string, count: number): void {
      inAll += count
      const left = (byNetwork.get(network) ?? 0) + count
      if (left > 0) byNetwork.set(network, left)
      else byNetwork.delete(network)
    },
  }
}
