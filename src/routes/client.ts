import type { clientContract } from '../contract/client.ts';
import type { ClientKit } from '../services/client-kit.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `client/*`. */
export const clientRoutes = (clientKit: ClientKit): Handlers<typeof clientContract> => ({
  'client/config': (request, { caller, mountUrl }) => clientKit.config(caller, request, mountUrl),
});
