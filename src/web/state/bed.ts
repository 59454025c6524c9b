import { type Bed, type BedError, createClient, createFetchTransport } from '../../client/index.ts';
import type { RouteOutput } from '../../contract/contract.ts';
import { IMAGE_TYPES } from '../../naming/media-type.ts';
import { onOtherTab, onSignedOut, resume, session, signIn, signOut } from './session.ts';
import { settings } from './settings.ts';
import { createStore } from './store.ts';

// A path, because the page stands where the API does.
const transport = createFetchTransport('.');

/** The bed that this page is of, spoken to in the language of the page. */
export const bed: Bed = createClient({
  session,
  language: settings.value.language,
  transport: {
    call: (call) => transport.call({ ...call, language: settings.value.language }),
    send: (send) => transport.send(send),
  },
});

/** What the bed says of itself. */
export type Health = RouteOutput<'health'>;
/** Who is signed in. */
export type Me = RouteOutput<'auth/me'>;

/** Where somebody stands: not known yet, out, in, or in until just now. */
export type Visit =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: BedError }
  | { readonly state: 'out'; readonly health: Health }
  | { readonly state: 'in' | 'expired'; readonly health: Health; readonly me: Me };

/** Whether the bed keeps records of images, which search, tags and albums stand on. */
export const hasLibrary = (): boolean => 'health' in visit.value && visit.value.health.bed.library;

/** Whether what is removed can come back for a while. */
export const hasTrash = (): boolean => 'health' in visit.value && visit.value.health.bed.trashDays > 0;

/** The visit. */
export const visit = createStore<Visit>({ state: 'loading' });

/** Finds out who is there. */
export async function begin(): Promise<void> {
  visit.set({ state: 'loading' });
  try {
    const [health, isIn] = await Promise.all([bed.health(), resume()]);
    visit.set(isIn ? { state: 'in', health, me: await bed.auth.me() } : { state: 'out', health });
  } catch (error) {
    // What the client throws.
    visit.set({ state: 'failed', error: error as BedError });
  }
}

/** Signs in; what was half done goes on. @throws {BedError} */
export async function enter(phone: string, upwd: string): Promise<void> {
  await signIn(phone, upwd);
  const [health, me] = await Promise.all([bed.health(), bed.auth.me()]);
  visit.set({ state: 'in', health, me });
}

/** Signs out. @throws {BedError} */
export async function leave(): Promise<void> {
  const { value } = visit;
  await signOut();
  if ('health' in value) visit.set({ state: 'out', health: value.health });
}

/** Reads again who is signed in, after a change. @throws {BedError} */
export async function refreshMe(): Promise<void> {
  const me = await bed.auth.me();
  visit.update((now) => (now.state === 'in' ? { ...now, me } : now));
}

onSignedOut(() => visit.update((now) => (now.state === 'in' ? { ...now, state: 'expired' } : now)));
onOtherTab((what) => {
  if (what === 'in' && visit.value.state !== 'in') void begin();
  if (what === 'out') visit.update((now) => ('health' in now ? { state: 'out', health: now.health } : now));
});

/** Formats by their names, as people know them. */
export const imageNames = (contentTypes: readonly string[]): string =>
  IMAGE_TYPES.filter(({ contentType }) => contentTypes.includes(contentType))
    .map(({ name }) => name)
    .join(' · ');
