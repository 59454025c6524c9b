import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { type ApiTokens, TRIALS } from './api-tokens.ts';
import type { TriedRequest } from './tried-request.ts';

/** So long after it was asked for last, requests are noted. */
const WAITED_MS = 10 * 60 * 1000;
/** A wait that lasts at least so long is not written again. */
const RENEWED_MS = WAITED_MS / 2;

/** What clients do with a token, for as long as its owner looks. */
export interface Trials {
  /** Tells the last request of a token, and has those that follow noted for ten minutes; `undefined` while none has come. */
  last(userId: string, tokenId: string): Promise<TriedRequest | undefined>;
  /** The id of a token whose requests are waited for, also of one that is damaged behind its id; fails never. */
  awaited(token: string): Promise<string | undefined>;
  /** Keeps what came, instead of what came before; fails never, for the request itself has been served. */
  note(tokenId: string, request: Omit<TriedRequest, 'at'>): Promise<void>;
}

interface TrialsOptions {
  readonly documents: DocumentStore;
  readonly apiTokens: Pick<ApiTokens, 'find'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the look at what clients do; it is in documents, for a client may meet another process than its owner. */
export function createTrials({ documents, apiTokens, logger, now }: TrialsOptions): Trials {
  const trials = openCollection(documents, TRIALS);
  const isOver = ({ until }: { readonly until: string }): boolean => now().getTime() >= Date.parse(until);

  const orLog = async <Value>(work: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await work();
    } catch (cause) {
      logger.error('trial', { cause });
      return undefined;
    }
  };

  return {
    last: async (userId, tokenId) => {
      if ((await apiTokens.find(userId, tokenId)) === undefined) return undefined;
      const trial = await trials.upsert(tokenId, (before) => {
        const lasts = before !== undefined && Date.parse(before.until) - now().getTime() >= RENEWED_MS;
        if (lasts) return before;
        const request = before === undefined || isOver(before) ? undefined : before.request;
        return { userId, until: new Date(now().getTime() + WAITED_MS).toISOString(), request };
      });
      return trial.request;
    },
    awaited: (token) =>
      orLog(async () => {
        const named = readNames(token);
        const trial = named && (await trials.read(named.tokenId));
        return trial === undefined || trial.userId !== named?.userId || isOver(trial) ? undefined : named.tokenId;
      }),
    note: (tokenId, request) =>
      orLog(async () => {
        const at = now().toISOString();
        await trials.update(tokenId, (trial) => {
          const isLate = trial.request !== undefined && trial.request.at > at;
          return isLate ? trial : { ...trial, request: { ...request, at } };
        });
      }).then(() => undefined),
  };
}

/** Whose token it says that it is, and which; its secret behind that may be wrong, cut off or missing. */
function readNames(token: string): { readonly userId: string; readonly tokenId: string } | undefined {
  const [, names] = /^ip_([\w-]{32})/.exec(token) ?? [];
  if (names === undefined) return undefined;
  const bytes = Buffer.from(names, 'base64url').toString('hex');
  return { userId: `u_${bytes.slice(0, 32)}`, tokenId: bytes.slice(32) };
}
