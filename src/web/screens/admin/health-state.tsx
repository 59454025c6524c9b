import { CircleAlert, CircleCheck } from 'lucide';
import { Failure } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { bed } from '../../state/bed.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showNumber, useTexts } from '../../texts/texts.ts';

const MOST = 1000;

/** How the bed is, in a sentence. */
export function HealthState() {
  const t = useTexts();
  const [found, again] = useLoaded(async () => {
    const health = await bed.health();
    if (health.state === 'down') return { health };
    const [buckets, people] = await Promise.all([
      bed.bucket.listBuckets({ pageSize: MOST }),
      bed.auth.listUsers({ pageSize: MOST }),
    ]);
    const more = people.after === undefined ? '' : '+';
    return { health, buckets: buckets.length, people: `${showNumber(people.users.length)}${more}` };
  });
  if (found.state === 'loading') return <p class="note admin-health">{t.loading}</p>;
  if (found.state === 'failed') return <Failure error={found.error} onRetry={again} />;
  const { health, buckets = 0, people = '' } = found.value;
  const down = (['documents', 'objects'] as const).filter((store) => health.stores[store].state === 'down');
  const isUp = health.state === 'up';
  const say = (store: 'documents' | 'objects'): string =>
    [t.admin.summaryDown(t.admin[store]), health.stores[store].problem].filter(Boolean).join(' ');
  return (
    <div class={`note row admin-health ${isUp ? '' : 'bad'}`} role={isUp ? undefined : 'alert'}>
      <Icon of={isUp ? CircleCheck : CircleAlert} />
      <span class="grow">{isUp ? t.admin.summaryUp(buckets, people) : down.map(say).join('')}</span>
      <span class="small">
        {t.admin.version(health.versions.imagepic, health.versions.node)} ·{' '}
        {t.admin.registration[health.bed.registration]}
      </span>
    </div>
  );
}
