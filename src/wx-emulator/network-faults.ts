/** One time that the platform tries to reach a server. */
export interface NetworkAttempt {
  readonly api: 'request' | 'uploadFile' | 'downloadFile';
  readonly url: string;
  readonly method: string;
  /** 0 for the first, more for each that the platform makes on its own. */
  readonly retry: number;
}

/**
 * What befalls an attempt: `offline` reaches nobody, `cut` breaks off in the middle of what is sent, and `lost` is the one that
 * makes doubles: the server has done it, and its answer does not arrive. `delayMs` only takes its time.
 */
export type NetworkFault = 'offline' | 'cut' | 'lost' | { readonly delayMs: number };

/** Decides what befalls each attempt; nothing where it answers `undefined`. */
export type FaultyNetwork = (attempt: NetworkAttempt) => NetworkFault | undefined;
