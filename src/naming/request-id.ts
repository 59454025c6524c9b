/** Takes over the first id that cannot break a log line, else makes one. */
export const pickRequestId = (...candidates: readonly unknown[]): string =>
  candidates.find((id): id is string => typeof id === 'string' && /^[\w.-]{1,64}$/.test(id)) ?? crypto.randomUUID();
