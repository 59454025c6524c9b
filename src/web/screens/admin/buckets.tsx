import { FolderPlus } from 'lucide';
import { useRef, useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed, visit } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { useStore } from '../../state/store.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { showNumber, useTexts } from '../../texts/texts.ts';
import { HotlinkRule } from './hotlink-rule.tsx';
import { UploadRule } from './upload-rule.tsx';

type Policy = 'private' | 'public-read' | 'other';
type Check = RouteOutput<'bucket/testBucket'>;

/** The buckets of the bed. */
export function Buckets() {
  const t = useTexts();
  const [buckets, again] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }));
  const [isMaking, setMaking] = useState(false);
  if (buckets.state === 'loading') return <Loading />;
  if (buckets.state === 'failed') return <Failure error={buckets.error} onRetry={again} />;
  return (
    <>
      <section class="card stack" aria-label={t.admin.buckets}>
        <div class="row apart">
          <h2>{t.admin.buckets}</h2>
          <Button kind="main" icon={FolderPlus} label={t.admin.make} onClick={() => setMaking(true)} />
        </div>
        <ul class="admin-list">
          {buckets.value.map(({ name }) => (
            <Bucket key={name} name={name} onChange={again} />
          ))}
        </ul>
      </section>
      <Reconcile />
      {isMaking && <MakeBucket onClose={() => setMaking(false)} onMade={again} />}
    </>
  );
}

/** What a page of an origin needs of a store to put parts there and read them. */
const toCorsRule = (origin: string) => ({
  allowedOrigins: [origin],
  allowedMethods: ['GET', 'HEAD', 'PUT'] as const,
  allowedHeaders: ['*'],
  exposeHeaders: ['ETag', 'Retry-After'],
  maxAgeSeconds: 3600,
});

function Bucket({ name, onChange }: { readonly name: string; readonly onChange: () => void }) {
  const t = useTexts();
  const visited = useStore(visit);
  const hasStore = 'health' in visited && visited.health.stores.objects.kind !== 'file';
  const [policy, readAgain] = useLoaded(() => bed.policy.getBucketPolicy({ bucketName: name }));
  const [check, setCheck] = useState<Check>();
  const test = useAction(async () => setCheck(await bed.bucket.testBucket({ bucketName: name })));
  const save = useAction(async () => {
    await bed.policy.setBucketPolicy({ bucketName: name, policy: now === 'private' ? 'public-read' : 'private' });
    void tell(t.admin.policySaved);
    readAgain();
  });
  const remove = useAction(async () => {
    await bed.bucket.removeBucket({ bucketName: name });
    void tell(t.admin.bucketRemoved(name));
    onChange();
  });
  const letIn = useAction(async () => {
    const { rules } = await bed.bucket.getBucketCors({ bucketName: name });
    const others = rules.filter(({ allowedOrigins }) => !allowedOrigins.includes(location.origin));
    await bed.bucket.setBucketCors({ bucketName: name, rules: [...others, toCorsRule(location.origin)] });
    void tell(t.admin.lettingIn);
  });
  const now: Policy | undefined =
    policy.state !== 'ready' ? undefined : typeof policy.value.policy === 'string' ? policy.value.policy : 'other';
  return (
    <li class="admin-bucket">
      <div class="row grow">
        <div class="grow">
          <a href={toHref('library', name)}>
            <strong>{name}</strong>
          </a>
          <p class="small soft">{now !== undefined && t.admin.policies[now]}</p>
        </div>
        {now !== undefined && (
          <Button
            label={now === 'private' ? t.admin.makePublic : t.admin.makePrivate}
            onClick={save.run}
            disabled={save.isBusy}
          />
        )}
        {hasStore && <Button label={t.admin.letIn} onClick={letIn.run} disabled={letIn.isBusy} />}
        <Rules name={name} />
        <Button label={t.admin.check} onClick={test.run} disabled={test.isBusy} />
        <Button kind="danger" label={t.admin.removeBucket} onClick={remove.run} disabled={remove.isBusy} />
      </div>
      <Wrong error={test.failure ?? save.failure ?? letIn.failure ?? remove.failure} />
      {check !== undefined && (
        <div class={`note ${check.ok ? '' : 'bad'}`} role="status">
          <strong>{check.ok ? t.admin.checkOk : t.admin.checkFailed}</strong>
          <ul>
            {check.checks.map((each) => (
              <li key={each.check} class="small">
                {each.ok ? '✓' : '✗'} {each.check}
                {each.err !== undefined && `: ${each.err}`}
              </li>
            ))}
          </ul>
        </div>
      )}
    </li>
  );
}

/** What is done to uploads, and which pages may show them. */
function Rules({ name }: { readonly name: string }) {
  const t = useTexts();
  const [rule, setRule] = useState<'upload' | 'hotlink'>();
  const close = (): void => setRule(undefined);
  return (
    <>
      <Button label={t.admin.uploadRule} onClick={() => setRule('upload')} />
      <Button label={t.admin.hotlinks} onClick={() => setRule('hotlink')} />
      {rule === 'upload' && <UploadRule bucketName={name} onClose={close} />}
      {rule === 'hotlink' && <HotlinkRule bucketName={name} onClose={close} />}
    </>
  );
}

interface MakeBucketProps {
  readonly onClose: () => void;
  readonly onMade: () => void;
}

function MakeBucket({ onClose, onMade }: MakeBucketProps) {
  const t = useTexts();
  const [bucketName, setName] = useState('');
  const [policy, setPolicy] = useState<'private' | 'public-read'>('private');
  const { run, isBusy, failure } = useAction(async () => {
    await bed.bucket.makeBucket({ bucketName, policy });
    void tell(t.admin.made(bucketName));
    onMade();
    onClose();
  });
  return (
    <Dialog title={t.admin.make} onClose={onClose}>
      <Form onSubmit={run}>
        <Field label={t.admin.bucketName} value={bucketName} onInput={setName} isRequired hasFocus />
        <Choice
          label={t.admin.policy}
          value={policy}
          options={(['private', 'public-read'] as const).map((each) => [each, t.admin.policies[each]] as const)}
          onChange={setPolicy}
        />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.admin.make} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}

interface Counted {
  readonly checked: number;
  readonly unowned: number;
  readonly foreign: number;
  readonly drift: number;
  readonly missing: number;
  readonly stale: number;
  readonly isDone: boolean;
}

const NOTHING: Counted = { checked: 0, unowned: 0, foreign: 0, drift: 0, missing: 0, stale: 0, isDone: false };

function Reconcile() {
  const t = useTexts();
  const [counted, setCounted] = useState<Counted>();
  const repair = useRef(false);
  const { run, isBusy, failure } = useAction(async () => {
    let all = NOTHING;
    let cursor: string | undefined;
    setCounted(all);
    do {
      const slice = await bed.bucket.reconcile({ repair: repair.current, ...(cursor !== undefined && { cursor }) });
      cursor = slice.cursor;
      all = {
        checked: all.checked + slice.checked,
        unowned: all.unowned + slice.unowned.length,
        foreign: all.foreign + slice.foreign.length,
        drift: all.drift + slice.drift.length,
        missing: all.missing + (slice.records?.missing ?? 0),
        stale: all.stale + (slice.records?.stale ?? 0),
        isDone: cursor === undefined,
      };
      setCounted(all);
    } while (cursor !== undefined);
  });
  const start = (isRepair: boolean) => (): void => {
    repair.current = isRepair;
    run();
  };
  return (
    <section class="card stack" aria-label={t.admin.reconcile}>
      <h2>{t.admin.reconcile}</h2>
      <p class="soft">{t.admin.reconcileHint}</p>
      <Wrong error={failure} />
      {counted !== undefined && (
        <p class="note" role="status">
          {counted.isDone
            ? t.admin.reconcileDone({ ...counted, checked: showNumber(counted.checked) })
            : t.admin.reconcileProgress(showNumber(counted.checked))}
        </p>
      )}
      <div class="row">
        <Button label={t.admin.reconcile} onClick={start(false)} disabled={isBusy} />
        <Button label={t.admin.reconcileRepair} onClick={start(true)} disabled={isBusy} />
      </div>
    </section>
  );
}
