import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';

interface Draft {
  readonly referers: string;
  readonly emptyReferer: boolean;
  readonly refusal: 'error' | 'picture';
}

const NO_RULE: Draft = { referers: '', emptyReferer: true, refusal: 'error' };

async function load(bucketName: string): Promise<{ readonly draft: Draft; readonly isThere: boolean }> {
  const { rule } = await bed.bucket.getHotlinkRule({ bucketName });
  if (rule === null) return { draft: NO_RULE, isThere: false };
  return { draft: { ...rule, referers: rule.referers.join('\n') }, isThere: true };
}

interface HotlinkRuleProps {
  readonly bucketName: string;
  readonly onClose: () => void;
}

/** Which pages may show the images of a bucket. */
export function HotlinkRule({ bucketName, onClose }: HotlinkRuleProps) {
  const t = useTexts();
  const [loaded, again] = useLoaded(() => load(bucketName));
  return (
    <Dialog title={t.admin.hotlinksOf(bucketName)} onClose={onClose}>
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
}: HotlinkRuleProps & { readonly draft: Draft; readonly isThere: boolean }) {
  const t = useTexts();
  const [draft, setDraft] = useState(before);
  const save = useAction(async () => {
    const referers = draft.referers.split(/[\s,，]+/).filter((host) => host !== '');
    const { emptyReferer, refusal } = draft;
    await bed.bucket.setHotlinkRule({ bucketName, referers, emptyReferer, refusal });
    void tell(t.admin.hotlinksSaved);
    onClose();
  });
  const remove = useAction(async () => {
    await bed.bucket.removeHotlinkRule({ bucketName });
    void tell(t.admin.hotlinksRemoved);
    onClose();
  });
  return (
    <Form onSubmit={save.run}>
      <p class="soft">{t.admin.hotlinksHint}</p>
      <Field
        label={t.admin.referers}
        value={draft.referers}
        onInput={(referers) => setDraft({ ...draft, referers })}
        hint={t.admin.referersHint}
        isLong
      />
      <Choice
        label={t.admin.emptyReferer}
        value={draft.emptyReferer ? 'yes' : 'no'}
        options={[
          ['yes', t.admin.emptyReferers.yes],
          ['no', t.admin.emptyReferers.no],
        ]}
        onChange={(chosen) => setDraft({ ...draft, emptyReferer: chosen === 'yes' })}
      />
      <Choice
        label={t.admin.refusal}
        value={draft.refusal}
        options={[
          ['error', t.admin.refusals.error],
          ['picture', t.admin.refusals.picture],
        ]}
        onChange={(refusal) => setDraft({ ...draft, refusal })}
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
