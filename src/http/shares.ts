import { networkOf } from '../naming/network.ts';

/** Keeps one client from taking everything that there is of something. */
export interface Shares {
  /** Takes one for an address; gives what hands it back, once, or `undefined` when the address has its share already. */
  take(address: string | undefined): (() => void) | undefined;
}

/** Creates shares of `most` an address; who has none is one address too. */
export function createShares(most: number): Shares {
  const taken = new Map<string, number>();
  return {
    take: (address = '') => {
      const owner = networkOf(address);
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
