/** Counts a resource that requests use, for each network and in total. */
export function createNetworkTally() {
  let inAll = 0
  const byNetwork = new Map<string, number>()
  return {
    inAll: () => inAll,
    of: (network: string) => byNetwork.get(network) ?? 0,
    /** @param count negative to release */
    add(network: string, count: number): void {
      inAll += count
      const left = (byNetwork.get(network) ?? 0) + count
      if (left > 0) byNetwork.set(network, left)
      else byNetwork.delete(network)
    },
  }
}
