/** Shows how far an upload has come. */
export interface Progress {
  addBytes(bytes: number): void;
  addFile(): void;
  /** Clears the line before something else is written. */
  clear(): void;
}

/** How often the line is written anew at most. */
const EVERY_MS = 100;
const MB = 1_000_000;

/** Creates a line of progress that `write` draws and draws over. */
export function createProgress(files: number, write: (text: string) => void, now: () => number): Progress {
  const startedAt = now();
  let bytes = 0;
  let done = 0;
  let drawnAt = 0;
  const draw = (isDue: boolean): void => {
    if (!isDue && now() - drawnAt < EVERY_MS) return;
    drawnAt = now();
    const seconds = Math.max(0.001, (drawnAt - startedAt) / 1000);
    write(`\r\x1b[K${done}/${files}  ${(bytes / MB).toFixed(1)} MB  ${(bytes / MB / seconds).toFixed(1)} MB/s`);
  };
  return {
    addBytes: (more) => {
      bytes += more;
      draw(false);
    },
    addFile: () => {
      done += 1;
      draw(done === files);
    },
    clear: () => write('\r\x1b[K'),
  };
}

/** Adds one image to it, of which all bytes are told that have gone out so far; those that go again are not added twice. */
export function follow(progress: Progress): (bytes: number) => void {
  let most = 0;
  return (bytes) => {
    if (bytes <= most) return;
    progress.addBytes(bytes - most);
    most = bytes;
  };
}

/** Shows nothing. */
export const SILENT: Progress = { addBytes: () => {}, addFile: () => {}, clear: () => {} };
