import './statistics.css';
import { ChartColumn } from 'lucide';
import { useMemo, useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { IMAGE_TYPES } from '../../../naming/media-type.ts';
import { Failure } from '../../parts/failure.tsx';
import { Choice, Segments } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showBytes, showDay, showNumber, useTexts } from '../../texts/texts.ts';
import { Amounts } from './amounts.tsx';
import { DayChart } from './day-chart.tsx';
import { type DayAmount, fillDays, sumOf } from './days.ts';
import { loadNames } from './owner-names.ts';

type Counted = RouteOutput<'image/statistics'>;

/** So many days back. */
const SPANS = ['30', '90', '365'] as const;
type Span = (typeof SPANS)[number];

/** What there is of images, and when it came: one's own, or as an admin everybody's. */
export function Statistics() {
  const t = useTexts();
  const [bucketName, setBucketName] = useState('');
  const [buckets] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }));
  const [counted, again] = useLoaded(
    (signal) => bed.image.statistics(bucketName === '' ? {} : { bucketName }, { signal }),
    [bucketName],
  );
  const names = buckets.state === 'ready' ? buckets.value.map(({ name }) => name) : [];
  const isAll = counted.state === 'ready' && counted.value.owners !== undefined;
  return (
    <div class="page stack">
      <header class="row apart">
        <div>
          <h1>{t.statistics.title}</h1>
          <p class="soft small">{isAll ? t.statistics.hintAll : t.statistics.hint}</p>
        </div>
        {names.length > 1 && (
          <Choice
            label={t.library.bucket}
            value={bucketName}
            options={[['', t.statistics.allBuckets], ...names.map((name) => [name, name] as const)]}
            onChange={setBucketName}
          />
        )}
      </header>
      {counted.state === 'loading' && <Loading />}
      {counted.state === 'failed' && <Failure error={counted.error} onRetry={again} />}
      {counted.state === 'ready' && <Numbers counted={counted.value} />}
    </div>
  );
}

function Numbers({ counted }: { readonly counted: Counted }) {
  const t = useTexts();
  if (counted.images === 0) {
    return (
      <div class="empty">
        <Icon of={ChartColumn} />
        <h2>{t.statistics.none}</h2>
        <a class="button" href={toHref('upload')}>
          {t.library.emptyAction}
        </a>
      </div>
    );
  }
  const { types, owners, buckets } = counted;
  return (
    <>
      <p class="statistics-total">{t.statistics.total(showNumber(counted.images), showBytes(counted.bytes))}</p>
      <Days days={counted.days} />
      <div class="statistics-groups">
        <Amounts label={t.statistics.types} rows={types.map((type) => ({ ...type, name: toTypeName(type) }))} />
        {buckets && (
          <Amounts label={t.statistics.buckets} rows={buckets.map((of) => ({ ...of, name: of.bucketName }))} />
        )}
        {owners && <Owners owners={owners} />}
      </div>
    </>
  );
}

const toTypeName = ({ contentType }: Counted['types'][number]): string =>
  IMAGE_TYPES.find((type) => type.contentType === contentType)?.name ?? contentType;

function Days({ days }: Pick<Counted, 'days'>) {
  const t = useTexts();
  const [span, setSpan] = useState<Span>('30');
  const shown = useMemo(() => fillDays(days, Number(span), Date.now()), [days, span]);
  const { images, bytes } = sumOf(shown);
  return (
    <section class="card stack" aria-label={t.statistics.days}>
      <div class="row apart">
        <h2>{t.statistics.days}</h2>
        <Segments
          label={t.statistics.span}
          value={span}
          options={SPANS.map((each) => [each, t.statistics.lastDays(Number(each))] as const)}
          onChange={setSpan}
        />
      </div>
      <p role="status">{t.statistics.came(Number(span), showNumber(images), showBytes(bytes))}</p>
      <div class="statistics-charts">
        <DayChart label={t.statistics.imagesByDay} days={shown} of="images" show={showNumber} />
        <DayChart label={t.statistics.bytesByDay} days={shown} of="bytes" show={showBytes} />
      </div>
      <details>
        <summary>{t.statistics.table}</summary>
        <DayTable days={shown.filter((day) => day.images > 0)} />
      </details>
    </section>
  );
}

function DayTable({ days }: { readonly days: readonly DayAmount[] }) {
  const t = useTexts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="amounts-scroll" tabIndex={0}>
      <table class="table" aria-label={t.statistics.days}>
        <thead>
          <tr>
            <th scope="col">{t.statistics.day}</th>
            <th scope="col">{t.statistics.images}</th>
            <th scope="col">{t.statistics.bytes}</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map(({ day, images, bytes }) => (
            <tr key={day}>
              <th scope="row">{showDay(day)}</th>
              <td>{showNumber(images)}</td>
              <td>{showBytes(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whose they are, by name where that is known. */
function Owners({ owners }: { readonly owners: NonNullable<Counted['owners']> }) {
  const t = useTexts();
  const [names] = useLoaded(() => loadNames(owners.map(({ ownerId }) => ownerId)), [owners]);
  if (names.state === 'loading') return <Loading />;
  const nameOf = (ownerId: string): string => {
    if (ownerId === '') return t.statistics.nobody;
    return (names.state === 'ready' ? names.value.get(ownerId) : undefined) ?? ownerId;
  };
  return <Amounts label={t.statistics.owners} rows={owners.map((of) => ({ ...of, name: nameOf(of.ownerId) }))} />;
}
