import { useEffect, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import { settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { showDate, showDay } from '../../texts/texts.ts';
import { type DayAmount, toDay } from './days.ts';

interface DayChartProps {
  readonly label: string;
  readonly days: readonly DayAmount[];
  readonly of: 'images' | 'bytes';
  readonly show: (amount: number) => string;
}

const DAY_SECONDS = 24 * 60 * 60;
const HEIGHT = 180;
const STEPS_OF_DAYS = [1, 2, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY_SECONDS);
/** Where a scale has lines: round for people, and of bytes in the units that they are written in. */
const STEPS = {
  images: Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat(),
  bytes: Array.from({ length: 50 }, (_, power) => 2 ** power),
};

/** A column for each day; the table beside it has the same numbers. */
export function DayChart({ label, days, of, show }: DayChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number>();
  const { theme } = useStore(settings);
  const isDark = useIsDark();
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new UPlot(toOptions({ host: host.current, of, show, onDay: setAt }), toData(days, of), host.current);
    const watch = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT });
    });
    watch.observe(host.current);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [days, of, show, theme, isDark]);
  const day = at === undefined ? undefined : days[at];
  return (
    <figure class="stack tight">
      <figcaption class="row apart">
        <strong>{label}</strong>
        <span class="small soft">{day === undefined ? '\u00a0' : `${showDay(day.day)} · ${show(day[of])}`}</span>
      </figcaption>
      <div ref={host} class="day-chart" role="img" aria-label={label} />
    </figure>
  );
}

const DARK = '(prefers-color-scheme: dark)';

/** Whether the system is dark, now and after each change. */
function useIsDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const scheme = matchMedia(DARK);
    const change = (): void => setDark(scheme.matches);
    scheme.addEventListener('change', change);
    return () => scheme.removeEventListener('change', change);
  }, []);
  return isDark;
}

const toData = (days: readonly DayAmount[], of: DayChartProps['of']): UPlot.AlignedData => [
  days.map(({ day }) => Date.parse(day) / 1000),
  days.map((amount) => amount[of]),
];

interface OptionsOf extends Pick<DayChartProps, 'of' | 'show'> {
  readonly host: HTMLElement;
  readonly onDay: (at: number | undefined) => void;
}

/** Its colours are those of the element that it is in. */
function toOptions({ host, of, show, onDay }: OptionsOf): UPlot.Options {
  const { color, stroke, fill, fontFamily } = getComputedStyle(host);
  const axis = { stroke: color, font: `12px ${fontFamily}`, ticks: { show: false } };
  return {
    width: host.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      x: { range: (_, first, last) => [first - DAY_SECONDS / 2, last + DAY_SECONDS / 2] },
      y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        size: 28,
        incrs: STEPS_OF_DAYS,
        values: (_, splits) => splits.map((seconds) => showDate(toDay(seconds * 1000))),
      },
      { ...axis, grid: { stroke, width: 1 }, size: 64, incrs: STEPS[of], values: (_, splits) => splits.map(show) },
    ],
    series: [
      {},
      {
        fill,
        width: 0,
        points: { show: false },
        ...(UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.7, 32, 1], radius: 0.15 }) }),
      },
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => onDay(idx ?? undefined)] },
  };
}
