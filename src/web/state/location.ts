import { createStore } from './store.ts';

/** Where the page is: the parts of the address behind `#/`. */
export const place = createStore<readonly string[]>(read());

addEventListener('hashchange', () => place.set(read()));

function read(): readonly string[] {
  const parts = location.hash.replace(/^#\/?/, '').split('/');
  return parts.filter((part) => part !== '').map(decode);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place on the page. */
export const toHref = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

/** Goes to a place. */
export function go(...parts: readonly string[]): void {
  location.hash = toHref(...parts);
}

/** Goes to a place, from which going back leads to where one was before this one. */
export function goInstead(...parts: readonly string[]): void {
  history.replaceState(history.state, '', toHref(...parts));
  place.set(read());
}
