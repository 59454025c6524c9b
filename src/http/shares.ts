import { isIPv6 } from 'node:net';

/** Keeps one client from taking everything that there is of something. */
export interface Shares {
  /** Takes one for an address; gives what hands it back, once, or `undefined` when the address has its share already. */
  take(address: string | undefined): (() => void) | undefined;
}

/** Creates shares of `most` an address; who has none is one address too. */
export function createShares(most: number): Shares {
  const taken = new Map<string, number>();
  return {
    take: (address) => {
      const owner = toOwner(address);
      const count = taken.get(owner) ?? 0;
      if (count >= most) return undefined;
      taken.set(owner, count + 1);
      let isOut = true;
      return () => {
        if (!isOut) return;
        isOut = false;
        const left = (taken.get(owner) ?? 1) - 1;
        if (left === 0) taken.delete(owner);
        else taken.set(owner, left);
      };
    },
  };
}

/** A network of IPv6 gives each of its clients 2^64 addresses. */
function toOwner(address = ''): string {
  if (!isIPv6(address) || address.startsWith('::')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head.split(':');
  // What `::` stands for is nothing but zeros.
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')];
  return all.slice(0, 4).join(':');
}
