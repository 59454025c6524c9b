/**
 * The part of an address that one client has to itself: all of it, but of IPv6 the network, which gives each of its
 * clients 2^64 addresses.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::')) return address;
  const [head = '', tail] = address.split('::', 2);
  const before = head.split(':');
  if (tail === undefined) return before.slice(0, 4).join(':');
  // What `::` stands for is nothing but zeros.
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
