import type { clientContract } from '../contract/client.ts';
import type { UploadServices } from '../services/uploads/upload-services.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `client/*`. */
export const clientRoutes = (open: () => Promise<UploadServices>): Handlers<typeof clientContract> => ({
  'client/config': async (request, { caller, mountUrl }) => (await open()).clientKit.config(caller, request, mountUrl),
});
