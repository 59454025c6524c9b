import { useId } from 'preact/hooks';
import { showBytes, showNumber, useTexts } from '../../texts/texts.ts';
import type { Amount } from './days.ts';

interface AmountsProps {
  readonly label: string;
  readonly rows: readonly (Amount & { readonly name: string })[];
}

/** What there is of each kind: its numbers, with a bar below each that shows its part of the largest. */
export function Amounts({ label, rows }: AmountsProps) {
  const t = useTexts();
  const id = useId();
  const most = (of: keyof Amount): number => Math.max(1, ...rows.map((row) => row[of]));
  const [mostImages, mostBytes] = [most('images'), most('bytes')];
  return (
    <section class="card stack tight" aria-labelledby={id}>
      <h2 id={id}>{label}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <div class="amounts-scroll" tabIndex={0}>
        <table class="table amounts" aria-labelledby={id}>
          <thead>
            <tr>
              <th scope="col">{t.statistics.name}</th>
              <th scope="col">{t.statistics.images}</th>
              <th scope="col">{t.statistics.bytes}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, images, bytes }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  {showNumber(images)}
                  <Bar part={images / mostImages} />
                </td>
                <td>
                  {showBytes(bytes)}
                  <Bar part={bytes / mostBytes} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const Bar = ({ part }: { readonly part: number }) => (
  <span class="amounts-bar" style={{ inlineSize: `${Math.max(1, part * 100)}%` }} />
);
