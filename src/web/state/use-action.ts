import { useState } from 'preact/hooks';

interface Action {
  readonly run: () => void;
  readonly isBusy: boolean;
  /** Why it failed the last time; `undefined` once it is tried again. */
  readonly failure: unknown;
}

/** Something that somebody sets off: once at a time, with what it came to. */
export function useAction(work: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    isBusy,
    failure,
    run: () => {
      if (!isBusy) void run();
    },
  };
}
