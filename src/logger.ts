/** Writes one JSON line an event. */
export interface Logger {
  info(event: string, fields: Readonly<Record<string, unknown>>): void;
  error(event: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Error messages can carry what a driver was given, so only names, codes and the place in our code are kept. */
const toLoggable = (_name: string, value: unknown): unknown =>
  value instanceof Error
    ? {
        name: value.name,
        ...('code' in value && { code: value.code }),
        message: value.message.slice(0, 500),
        stack: value.stack
          ?.split('\n')
          .slice(1, 6)
          .map((line) => line.trim()),
        ...(value.cause !== undefined && { cause: value.cause }),
      }
    : value;

/** Creates a logger that hands finished lines to `write`. */
export function createLogger(write: (line: string) => void, now: () => Date): Logger {
  const log = (level: string, event: string, fields: Readonly<Record<string, unknown>>): void =>
    write(`${JSON.stringify({ time: now().toISOString(), level, event, ...fields }, toLoggable)}\n`);
  return {
    info: (event, fields) => log('info', event, fields),
    error: (event, fields) => log('error', event, fields),
  };
}
