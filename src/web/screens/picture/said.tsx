import { Hourglass, PencilLine } from 'lucide';
import { useState } from 'preact/hooks';
import type { BedError } from '../../../client/index.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Field, Form } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { TagField } from '../../parts/tag-field.tsx';
import { TagLinks } from '../../parts/tag-links.tsx';
import { bed } from '../../state/bed.ts';
import { daysUntil, toWallTime } from '../../state/expiry.ts';
import { found } from '../../state/found.ts';
import { type Clash, mergeWords, type Words } from '../../state/merge-words.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { type KnownImage, mayChange, saveWords } from '../../state/words.ts';
import { showTime, useTexts } from '../../texts/texts.ts';

interface SaidProps {
  readonly known: KnownImage;
  readonly onSaved: () => void;
}

/** What is said of an image: its title, its tags, and a description. */
export function Said({ known, onSaved }: SaidProps) {
  const t = useTexts();
  const [isEditing, setEditing] = useState(false);
  const { title, description, tags, expiresAt } = known;
  const isNothing = title === '' && description === '' && tags.length === 0;
  return (
    <section class="stack tight" aria-label={t.words.label}>
      <div class="row apart picture-said">
        <h2 class="grow">{title || t.words.label}</h2>
        {mayChange(known) && (
          <Button isBare kind="quiet" icon={PencilLine} label={t.words.edit} onClick={() => setEditing(true)} />
        )}
      </div>
      {isNothing && <p class="soft small">{t.words.none}</p>}
      {tags.length > 0 && <TagLinks tags={tags} />}
      {description !== '' && <p class="picture-description">{description}</p>}
      {expiresAt !== undefined && (
        <p class="picture-goes small">
          <Icon of={Hourglass} />
          {t.expiry.goes(showTime(expiresAt), daysUntil(expiresAt, Date.now()))}
        </p>
      )}
      {isEditing && <Edit known={known} onClose={() => setEditing(false)} onSaved={onSaved} />}
    </section>
  );
}

/** Why nothing is known of an image, where it is not that the bed has not come to it yet. */
export const Unknown = ({ error }: { readonly error: BedError }) =>
  error.code === 'NoSuchKey' || error.code === 'NotImplemented' ? null : <Wrong error={error} />;

function Edit({ known, onSaved, onClose }: SaidProps & { readonly onClose: () => void }) {
  const t = useTexts();
  const [mine, setMine] = useState<Words>(known);
  const [before, setBefore] = useState<Words>(known);
  const [goesAt, setGoesAt] = useState(toWallTime(known.expiresAt));
  const [clashes, setClashes] = useState<readonly Clash[]>([]);
  const { run, isBusy, failure } = useAction(async () => {
    const now = await bed.image.getImage({ imageId: known.imageId });
    const merged = mergeWords({ before, mine, now });
    setMine(merged.words);
    setBefore(now);
    setClashes(merged.clashes);
    if (merged.clashes.length > 0) return;
    // What nobody touched here stays as others have set it.
    await saveWords(now, merged.words, goesAt === toWallTime(known.expiresAt) ? undefined : goesAt);
    void tell(t.words.saved);
    onClose();
    onSaved();
  });
  const takeTheirs = (): void => {
    setMine({ ...mine, ...Object.fromEntries(clashes.map((text) => [text, before[text]])) });
    setClashes([]);
  };
  const change = (part: Partial<Words>): void => setMine((now) => ({ ...now, ...part }));
  const others = [...new Set(found.value.images.flatMap(({ tags }) => tags))].slice(0, 200);
  return (
    <Dialog title={t.words.edit} onClose={onClose}>
      <Form onSubmit={run}>
        <Field label={t.words.title} value={mine.title} onInput={(title) => change({ title })} hasFocus />
        <TagField label={t.words.tags} tags={mine.tags} onChange={(tags) => change({ tags })} suggestions={others} />
        <Field
          isLong
          label={t.words.description}
          value={mine.description}
          onInput={(description) => change({ description })}
        />
        <GoesAt value={goesAt} onChange={setGoesAt} />
        {clashes.length > 0 && (
          <div role="alert" class="note stack tight">
            <p>{t.words.clash}</p>
            <dl class="stack tight">
              {clashes.map((text) => (
                <div key={text}>
                  <dt class="soft small">{t.words[text]}</dt>
                  <dd class="picture-description">{before[text] || t.words.empty}</dd>
                </div>
              ))}
            </dl>
            <p class="row">
              <span class="grow">{t.words.clashHint}</span>
              <Button label={t.words.takeTheirs} onClick={takeTheirs} />
            </p>
          </div>
        )}
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.do.save} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}

interface GoesAtProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** When the picture is to go by itself, in a field and in words. */
function GoesAt({ value, onChange }: GoesAtProps) {
  const t = useTexts();
  return (
    <div class="picture-goes-at">
      <Field
        type="datetime-local"
        label={t.expiry.label}
        hint={value === '' ? t.expiry.neverHint : t.expiry.hint(showTime(value))}
        value={value}
        onInput={onChange}
      />
      <Button
        label={t.expiry.never}
        name={`${t.expiry.label}: ${t.expiry.never}`}
        disabled={value === ''}
        onClick={() => onChange('')}
      />
    </div>
  );
}
