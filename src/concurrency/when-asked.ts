/** Opens something when it is asked for, and once; what only some need has no part in a cold start. */
export function whenAsked<Service>(open: () => Promise<Service>): () => Promise<Service> {
  let opened: Promise<Service> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

/** A service that is opened with its first call, whichever that is: all its calls answer by promises. */
export function lazily<Service extends object>(open: () => Promise<Service>): Service {
  const opened = whenAsked(open);
  const call =
    (name: string | symbol) =>
    async (...args: unknown[]): Promise<unknown> => {
      const service = await opened();
      const method: unknown = Reflect.get(service, name);
      return typeof method === 'function' ? Reflect.apply(method, service, args) : undefined;
    };
  // Each name answers with a promise, as all of this kind of service do.
  return new Proxy({}, { get: (_, name) => call(name) }) as Service;
}
