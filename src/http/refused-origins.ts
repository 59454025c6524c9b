import type { Logger } from '../logger.ts';
import type { HttpRequest } from './request.ts';

/** Anybody can make up origins, and a log has a bound. */
const MOST = 100;
const MOST_CHARACTERS = 200;

/** Writes a line for an origin whose pages may not read the answers, once each: its browser tells the person nothing. */
export function createRefusedOrigins(
  allowedOrigins: readonly string[],
  logger: Logger,
): (request: HttpRequest) => void {
  const told = new Set<string>();
  return ({ method, path, headers }) => {
    const origin = headers.get('origin')?.slice(0, MOST_CHARACTERS);
    if (origin === undefined || allowedOrigins.includes(origin) || told.has(origin) || told.size >= MOST) return;
    // The page's own, also where TLS ends before the bed.
    if (URL.canParse(origin) && new URL(origin).host === headers.get('host')) return;
    told.add(origin);
    logger.info('refused-origin', { origin, method, path, next: 'IMAGEPIC_ALLOWED_ORIGINS lists those that may call' });
  };
}
