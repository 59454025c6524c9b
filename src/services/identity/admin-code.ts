import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * What proves that somebody who registers with the admin's phone may read the log of the service: phones are no secret and
 * not proved. The same for all instances, without anything stored, and good for one account, since a phone has one.
 */
export interface AdminCode {
  /** 32 hex digits. */
  readonly code: string;
  /** Tells whether this is the admin's phone, shown with its code. */
  isProved(phone: string, code: string | undefined): boolean;
}

/** Creates the code of a phone. */
export function createAdminCode(key: Uint8Array, adminPhone: string): AdminCode {
  const code = createHmac('sha256', key).update(adminPhone).digest('hex').slice(0, 32);
  return {
    code,
    isProved: (phone, given = '') =>
      phone === adminPhone && given.length === code.length && timingSafeEqual(Buffer.from(given), Buffer.from(code)),
  };
}
