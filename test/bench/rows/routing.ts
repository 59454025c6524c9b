import type { Contestant, Measured, Row, Subject } from '../contestants.ts';
import { guarded, measure, perEventPeer, routerOf, watched } from '../router.bench.ts';

/** Nanoseconds of processor time an event: whoever else runs here takes none of it. */
async function measureTime(contestant: Parameters<typeof measure>[0]): Promise<Measured> {
  const before = process.cpuUsage();
  await measure(contestant);
  const { user, system } = process.cpuUsage(before);
  return { value: ((user + system) * 1000) / contestant.eventsPerRound };
}

/** What one event costs in the router, beside koa-compose's way with the same guard, and what no exact guard can cost less than. */
export const routing = (subjects: readonly Subject[]): Row => ({
  name: 'one event through the router',
  unit: 'ns',
  rounds: 21,
  during: (work) => {
    const ours = subjects.map(({ name, router }): Contestant => {
      const contestant = routerOf(router.Router);
      return { ...{ name, role: 'subject' }, measure: () => measureTime(contestant) };
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
        measure: () => measureTime(contestant),
      })),
    ]);
  },
});
