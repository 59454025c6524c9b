import type * as v from 'valibot';
import type { clientContract } from '../contract/client.ts';
import { requireMember } from '../services/access/access.ts';
import type { Handlers } from './handlers.ts';

type Routes = Handlers<typeof clientContract>;

/** Sets upload clients up. */
export interface ClientSettings {
  /** Makes the settings of a client, with a fresh token that can only upload. */
  config(
    userId: string,
    request: v.InferOutput<(typeof clientContract)['client/config']['input']>,
    mountUrl: string,
  ): ReturnType<Routes['client/config']>;
}

/** Routes under `client/*`; the settings are loaded when somebody asks for some. */
export const clientRoutes = (open: () => Promise<ClientSettings>): Routes => ({
  'client/config': async (request, { caller, mountUrl }) =>
    (await open()).config(requireMember(caller).userId, request, mountUrl),
});
