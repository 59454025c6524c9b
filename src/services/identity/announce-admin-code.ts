import type { Logger } from '../../logger.ts';
import type { Identity } from './open-identity.ts';

/** Logs the code by which the account of `IMAGEPIC_ADMIN_PHONE` is made, while there is none: who can read the log is who runs the bed. */
export async function announceAdminCode(
  { phones, adminCode }: Pick<Identity, 'phones' | 'adminCode'>,
  adminPhone: string | undefined,
  logger: Logger,
): Promise<void> {
  if (adminCode === undefined) return;
  try {
    if ((await phones.find(adminPhone ?? '')) !== undefined) return;
    const { code } = adminCode;
    logger.info('admin-code', {
      code,
      next: 'auth/register with the phone of IMAGEPIC_ADMIN_PHONE and this as invitation',
    });
  } catch (cause) {
    // The next start says it.
    logger.error('admin-code', { cause });
  }
}
