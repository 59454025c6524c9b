import type { Middleware } from '../router/index.ts';
import type { Bed } from '../services/bed.ts';
import type { Context } from './context.ts';

/** Refuses every call while the stores are not those of this bed; the health check alone goes on and says so. */
export const refuseLostBed = (bed: Pick<Bed, 'require'>): Middleware<Context> =>
  async function refuseLostBed(context, next) {
    if (context.$url !== 'health') await bed.require();
    await next();
  };
