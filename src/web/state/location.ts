import { createStore } from './store.ts';

/** Where the page is: the parts of the address behind `#/`. */
export const place = createStore<readonly string[]>(read());

/** What is looked for there, behind a question mark; `undefined` where nothing is. */
export const asked = createStore<string | undefined>(readAsked());

addEventListener('hashchange', show);

function show(): void {
  place.set(read());
  asked.set(readAsked());
}

function read(): readonly string[] {
  const parts = location.hash.replace(/^#\/?/, '').replace(/\?.*$/, '').split('/');
  return parts.filter((part) => part !== '').map(decode);
}

function readAsked(): string | undefined {
  const question = /\?(.*)$/.exec(location.hash)?.[1];
  return question === undefined ? undefined : decode(question);
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

/** The address of a place where something is looked for. */
export const toAskedHref = (question: string | undefined, ...parts: readonly string[]): string =>
  question === undefined ? toHref(...parts) : `${toHref(...parts)}?${encodeURIComponent(question)}`;

/** Goes to a place. */
export function go(...parts: readonly string[]): void {
  location.hash = toHref(...parts);
}

/** Goes to a place, from which going back leads to where one was before this one. */
export function goInstead(...parts: readonly string[]): void {
  goToInstead(toHref(...parts));
}

/** The same by an address of the page. */
export function goToInstead(href: string): void {
  history.replaceState(history.state, '', href);
  show();
}
