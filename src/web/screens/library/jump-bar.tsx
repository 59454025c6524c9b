import { bed } from '../../state/bed.ts';
import type { FoundImage } from '../../state/found.ts';
import { parseQuestion, toDay, toSearch } from '../../state/question.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showPeriod, useTexts } from '../../texts/texts.ts';
import { type Stop, toStops } from './months.ts';

interface JumpBarProps {
  readonly question: string;
  readonly images: readonly FoundImage[];
  readonly hasMore: boolean;
  readonly onShow: (index: number) => void;
  /** Asks for what is of a day or before; of all without one. */
  readonly onEnd: (to: string | undefined) => void;
}

/** The first and the last moment of what answers a question, whatever its days. */
async function loadEnds(question: string, signal: AbortSignal): Promise<readonly string[]> {
  const wanted = toSearch({ ...parseQuestion(question), from: undefined, to: undefined });
  const answers = await Promise.all(
    (['oldest', 'newest'] as const).map((order) => bed.image.search({ ...wanted, order, pageSize: 1 }, { signal })),
  );
  return answers.flatMap(({ images }) => images.map(({ createdAt }) => createdAt));
}

/** Goes to a month: what is read is scrolled to, of anything else it is asked anew. */
export function JumpBar({ question, images, hasMore, onShow, onEnd }: JumpBarProps) {
  const t = useTexts();
  const { text, tags, type, albumId, bucketName, ownerId, to } = parseQuestion(question);
  const [ends] = useLoaded(
    (signal) => loadEnds(question, signal),
    [text, tags.join('\n'), type, albumId, bucketName, ownerId],
  );
  const [oldest, newest] = ends.state === 'ready' ? ends.value : [];
  if (oldest === undefined || newest === undefined) return null;
  const stops = toStops(oldest, newest);
  if (stops.length < 2) return null;
  const goTo = (stop: Stop): void => {
    const isBeyond = to !== undefined && stop.to > to && !to.startsWith(stop.period);
    const index = images.findIndex(({ createdAt }) => toDay(createdAt) <= stop.to);
    if (!isBeyond && (index > 0 || (index === 0 && !hasMore) || stop === stops[0])) onShow(Math.max(0, index));
    else onEnd(stop === stops[0] ? undefined : stop.to);
  };
  return (
    <nav class="jump-bar" aria-label={t.search.jump}>
      {stops.map((stop) => (
        <button key={stop.period} type="button" onClick={() => goTo(stop)}>
          {showPeriod(stop.period)}
        </button>
      ))}
    </nav>
  );
}
