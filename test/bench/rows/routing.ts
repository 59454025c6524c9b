import type { Contestant, Row, Subject } from '../contestants.ts';
import { guarded, measure, perEventPeer, routerOf, watched } from '../router.bench.ts';

/** What one event costs in the router, beside koa-compose's way with the same guard, and what no exact guard can cost less than. */
export const routing = (subjects: readonly Subject[]): Row => ({
  name: 'one event through the router',
  unit: 'ns',
  rounds: 21,
  during: (work) => {
    const ours = subjects.map(({ name, router }): Contestant => {
      const contestant = routerOf(router.Router);
      return { ...{ name, role: 'subject' }, measure: async () => ({ value: await measure(contestant) }) };
    });
    const others = [
      { contestant: guarded, role: 'peer' },
      { contestant: perEventPeer, role: 'peer' },
      { contestant: watched, role: 'limit' },
    ] as const;
    return work([
      ...ours,
      ...others.map(({ contestant, role }) => ({
        ...{ name: contestant.name, role },
        measure: async () => ({ value: await measure(contestant) }),
      })),
    ]);
  },
});
