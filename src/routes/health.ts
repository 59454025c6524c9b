import type { healthContract } from '../contract/health.ts';
import type { Health } from '../services/health.ts';
import type { Handlers } from './handlers.ts';

/** The health check. */
export const healthRoutes = (health: Health): Handlers<typeof healthContract> => ({
  health: (_input, { language }) => health(language),
});
