import type { trialContract } from '../contract/trial-contract.ts';
import { requireMember } from '../services/access/access.ts';
import type { Trials } from '../services/identity/trials.ts';
import type { Handlers } from './handlers.ts';

/** What those routes stand on. */
export interface TrialServices {
  readonly trials: Trials;
}

/** Routes for who tries an upload client, loaded when one of them is called. */
export const trialRoutes = ({ trials }: TrialServices): Handlers<typeof trialContract> => ({
  'client/lastRequest': async ({ tokenId }, { caller }) => ({
    request: await trials.last(requireMember(caller).userId, tokenId),
  }),
});
