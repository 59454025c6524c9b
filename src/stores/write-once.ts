import type { FailureOf } from './failure.ts';
import type { Call } from './requests.ts';
import { type Change, outcomeOf } from './revision.ts';

const MAX_ATTEMPTS = 3;

/** A write of one row, where it still has the revision that is expected. */
export interface Write {
  readonly change: Change;
  /** Sends it; tells whether the row was as expected. */
  send(): Promise<boolean>;
  /** The revision that is stored now; `undefined` when there is no row. */
  findRevision(): Promise<string | undefined>;
}

/** Writes once, whatever is lost on the way: what became of a write whose answer is lost is looked up. */
export async function writeOnce(call: Call, { change, send, findRevision }: Write, failureOf: FailureOf) {
  const lost = (failure: unknown): Sent => {
    if (failureOf(failure) === 'refused') throw failure;
    return { failure };
  };
  for (let attempt = 1; ; attempt += 1) {
    const { written, failure } = await call.once(send).then(answered, lost);
    if (isFinal(written, attempt)) return written;
    const outcome = outcomeOf(change, await findRevision());
    if (outcome === 'unknowable') throw failure;
    if (outcome !== 'open') return outcome === 'done';
    // No pause: the sooner it is sent again, the less is written by others meanwhile. A look-up that fails pauses itself.
    if (attempt === MAX_ATTEMPTS) throw failure;
  }
}

/** How a write went: it was answered, or its answer was lost. */
interface Sent {
  readonly written?: boolean;
  readonly failure: unknown;
}

const answered = (written: boolean): Sent => ({
  written,
  failure: new Error('The database does not tell what became of a write'),
});

/** A first no is an answer; a later one may come from what an earlier attempt has done. */
const isFinal = (written: boolean | undefined, attempt: number): written is boolean =>
  written === true || (written === false && attempt === 1);
