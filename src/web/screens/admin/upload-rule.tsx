import { useEffect, useState } from 'preact/hooks';
import type { RouteInput } from '../../../contract/contract.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form, Segments } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { drawMark, fromBase64, readMark, toBase64 } from '../../state/watermark.ts';
import { useTexts } from '../../texts/texts.ts';

type Wanted = RouteInput<'bucket/setUploadRule'>;
type Position = (typeof POSITIONS)[number];

const POSITIONS = [
  ...(['top-left', 'top', 'top-right', 'left', 'center', 'right'] as const),
  ...(['bottom-left', 'bottom', 'bottom-right', 'tile'] as const),
] as const;
const FORMATS = ['keep', 'webp', 'avif'] as const;
const MARKS = ['none', 'text', 'picture'] as const;

interface Draft {
  readonly maxSide: string;
  readonly format: (typeof FORMATS)[number];
  readonly quality: string;
  readonly keepOriginal: boolean;
  readonly mark: (typeof MARKS)[number];
  readonly text: string;
  readonly picture: Blob | undefined;
  readonly position: Position;
  readonly opacity: string;
  readonly scale: string;
}

const NO_MARK = { text: '', picture: undefined, position: 'bottom-right', opacity: '60', scale: '20' } as const;
const NO_RULE: Draft = { maxSide: '', format: 'keep', quality: '', keepOriginal: false, mark: 'none', ...NO_MARK };

const isPosition = (name: string): name is Position => POSITIONS.some((position) => position === name);

async function load(bucketName: string): Promise<{ readonly draft: Draft; readonly isThere: boolean }> {
  const { rule } = await bed.bucket.getUploadRule({ bucketName });
  if (rule === null) return { draft: NO_RULE, isThere: false };
  const { maxSide, format, quality, keepOriginal, watermark } = rule;
  const mark =
    watermark === undefined
      ? { mark: 'none' as const, ...NO_MARK }
      : {
          mark: 'picture' as const,
          text: watermark.text ?? '',
          picture: fromBase64(watermark.picture),
          position: isPosition(watermark.position) ? watermark.position : NO_MARK.position,
          opacity: String(watermark.opacity),
          scale: String(watermark.scale),
        };
  return {
    draft: { maxSide: String(maxSide ?? ''), format, quality: String(quality ?? ''), keepOriginal, ...mark },
    isThere: true,
  };
}

async function toRule(bucketName: string, draft: Draft, mark: Blob | undefined): Promise<Wanted> {
  const { maxSide, format, quality, keepOriginal, position, opacity, scale } = draft;
  return {
    ...{ bucketName, format, keepOriginal },
    ...(maxSide !== '' && { maxSide: Number(maxSide) }),
    ...(quality !== '' && { quality: Number(quality) }),
    ...(mark !== undefined && {
      watermark: { picture: await toBase64(mark), position, opacity: Number(opacity), scale: Number(scale) },
    }),
  };
}

interface UploadRuleProps {
  readonly bucketName: string;
  readonly onClose: () => void;
}

/** What is done to what is uploaded to a bucket. */
export function UploadRule({ bucketName, onClose }: UploadRuleProps) {
  const t = useTexts();
  const [loaded, again] = useLoaded(() => load(bucketName));
  return (
    <Dialog title={t.admin.uploadRuleOf(bucketName)} onClose={onClose} isWide>
      {loaded.state === 'loading' && <Loading />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={again} />}
      {loaded.state === 'ready' && <RuleForm {...loaded.value} bucketName={bucketName} onClose={onClose} />}
    </Dialog>
  );
}

function RuleForm({
  bucketName,
  draft: before,
  isThere,
  onClose,
}: UploadRuleProps & { readonly draft: Draft; readonly isThere: boolean }) {
  const t = useTexts();
  const [draft, setDraft] = useState(before);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const mark = useMark(draft);
  const save = useAction(async () => {
    await bed.bucket.setUploadRule(await toRule(bucketName, draft, mark?.blob));
    void tell(t.admin.uploadRuleSaved);
    onClose();
  });
  const remove = useAction(async () => {
    await bed.bucket.removeUploadRule({ bucketName });
    void tell(t.admin.uploadRuleRemoved);
    onClose();
  });
  return (
    <Form onSubmit={save.run}>
      <p class="soft">{t.admin.uploadRuleHint}</p>
      <div class="rule-columns">
        <Field
          label={t.admin.maxSide}
          value={draft.maxSide}
          onInput={(maxSide) => change({ maxSide })}
          hint={t.admin.emptyForNone}
        />
        <Choice
          label={t.admin.presetFormat}
          value={draft.format}
          options={FORMATS.map((each) => [each, each === 'keep' ? t.admin.keepFormat : each.toUpperCase()] as const)}
          onChange={(format) => change({ format })}
        />
        <Field
          label={t.admin.quality}
          value={draft.quality}
          onInput={(quality) => change({ quality })}
          hint={t.admin.qualityHint}
        />
      </div>
      <Segments
        label={t.admin.watermark}
        value={draft.mark}
        options={MARKS.map((each) => [each, t.admin.marks[each]] as const)}
        onChange={(chosen) => change({ mark: chosen })}
      />
      {draft.mark !== 'none' && <MarkFields {...{ draft, change, mark }} />}
      <Choice
        label={t.admin.keepOriginal}
        value={draft.keepOriginal ? 'yes' : 'no'}
        options={[
          ['no', t.admin.keepOriginals.no],
          ['yes', t.admin.keepOriginals.yes],
        ]}
        onChange={(chosen) => change({ keepOriginal: chosen === 'yes' })}
      />
      <Wrong error={save.failure ?? remove.failure} />
      <div class="row">
        <Button type="submit" kind="main" label={t.do.save} disabled={save.isBusy} />
        <Button label={t.do.cancel} onClick={onClose} />
        {isThere && <Button kind="danger" label={t.admin.removeRule} onClick={remove.run} disabled={remove.isBusy} />}
      </div>
    </Form>
  );
}

interface Mark {
  readonly blob: Blob;
  readonly url: string;
}

async function toBlob({ mark, text, picture }: Pick<Draft, 'mark' | 'text' | 'picture'>): Promise<Blob | undefined> {
  if (mark === 'picture') return picture;
  return mark === 'text' && text.trim() !== '' ? drawMark(text) : undefined;
}

/** The watermark of a draft as a picture, whose address holds as long as it is shown. */
function useMark({ mark, text, picture }: Draft): Mark | undefined {
  const [shown, setShown] = useState<Mark>();
  useEffect(() => {
    let url: string | undefined;
    let isOver = false;
    void toBlob({ mark, text, picture }).then((blob) => {
      if (isOver) return;
      if (blob === undefined) return setShown(undefined);
      url = URL.createObjectURL(blob);
      setShown({ blob, url });
    });
    return () => {
      isOver = true;
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [mark, text, picture]);
  return shown;
}

interface MarkFieldsProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly mark: Mark | undefined;
}

function MarkFields({ draft, change, mark }: MarkFieldsProps) {
  const t = useTexts();
  const [isUnreadable, setUnreadable] = useState(false);
  const pick = async (file: Blob | undefined): Promise<void> => {
    if (file === undefined) return;
    const picture = await readMark(file).catch(() => undefined);
    setUnreadable(picture === undefined);
    if (picture !== undefined) change({ picture });
  };
  return (
    <div class="rule-columns">
      <div class="stack">
        {draft.mark === 'text' ? (
          <Field label={t.admin.markText} value={draft.text} onInput={(text) => change({ text })} isRequired />
        ) : (
          <label class="field">
            {t.admin.markPicture}
            <input type="file" accept="image/*" onChange={({ currentTarget }) => void pick(currentTarget.files?.[0])} />
            {isUnreadable && <span class="wrong">{t.admin.markUnreadable}</span>}
          </label>
        )}
        <Choice
          label={t.admin.position}
          value={draft.position}
          options={POSITIONS.map((each) => [each, t.admin.positions[each]] as const)}
          onChange={(position) => change({ position })}
        />
        <Percent label={t.admin.opacity} value={draft.opacity} onChange={(opacity) => change({ opacity })} />
        <Percent label={t.admin.scale} value={draft.scale} onChange={(scale) => change({ scale })} />
      </div>
      <Preview {...draft} url={mark?.url} />
    </div>
  );
}

interface PercentProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const Percent = ({ label, value, onChange }: PercentProps) => (
  <label class="field">
    {`${label}: ${value} %`}
    <input
      type="range"
      min="1"
      max="100"
      value={value}
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  </label>
);

/** Shows a watermark where it will be, on a picture that is nobody's. */
function Preview({ position, opacity, scale, url }: Draft & { readonly url: string | undefined }) {
  const t = useTexts();
  const looks = { opacity: Number(opacity) / 100 };
  const tiles = { backgroundImage: `url("${url}")`, backgroundSize: `${scale}%`, ...looks };
  return (
    <figure class={`mark-preview ${position}`} aria-label={t.admin.preview}>
      {url !== undefined && position === 'tile' && <div class="mark-tiles" style={tiles} />}
      {url !== undefined && position !== 'tile' && (
        <img src={url} alt={t.admin.watermark} style={{ inlineSize: `${scale}%`, ...looks }} />
      )}
    </figure>
  );
}
