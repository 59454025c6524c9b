import { type Callbacks, PlatformFault, tell } from './platform-api.ts';

type Listener<Event> = (event: Event) => void;

/** Who hears of an event; a listener is added once for each time that it was told to. */
export interface Listeners<Event> {
  readonly on: (listener: Listener<Event>) => void;
  /** Without a listener: all of them. */
  readonly off: (listener?: Listener<Event>) => void;
  readonly emit: (event: Event) => void;
}

/** Creates a list of listeners. */
export function createListeners<Event>(): Listeners<Event> {
  let listeners: readonly Listener<Event>[] = [];
  return {
    on: (listener) => {
      listeners = [...listeners, listener];
    },
    off: (listener) => {
      listeners = listener === undefined ? [] : listeners.filter((known) => known !== listener);
    },
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
  };
}

/** What `onHeadersReceived` tells. */
export interface HeadersReceived {
  readonly header: Readonly<Record<string, string>>;
  readonly statusCode: number;
  readonly cookies: string[];
}

/** How far a transfer is; `progress` is a percentage. */
export interface UploadProgress {
  readonly progress: number;
  readonly totalBytesSent: number;
  readonly totalBytesExpectedToSend: number;
}

/** How far a transfer is; `progress` is a percentage. */
export interface DownloadProgress {
  readonly progress: number;
  readonly totalBytesWritten: number;
  readonly totalBytesExpectedToWrite: number;
}

/** What every task can do. Sure: `abort` makes the call fail with `<api>:fail abort`, and does nothing once it has ended. */
export interface Task {
  abort(): void;
  onHeadersReceived(listener: Listener<HeadersReceived>): void;
  offHeadersReceived(listener?: Listener<HeadersReceived>): void;
}

/** Starts what a call does and gives its task; the outcome goes to the callbacks alone, as these calls promise nothing. */
export function startTask<Result extends object>(
  api: string,
  option: Callbacks<Result>,
  run: (signal: AbortSignal, headers: Listeners<HeadersReceived>) => Promise<Result>,
): Task {
  const controller = new AbortController();
  const headers = createListeners<HeadersReceived>();
  // Listeners are added after the call has returned.
  const work = Promise.resolve().then(() => run(controller.signal, headers));
  void tell(api, option, work);
  return {
    abort: () => controller.abort(new PlatformFault('abort')),
    onHeadersReceived: headers.on,
    offHeadersReceived: headers.off,
  };
}
