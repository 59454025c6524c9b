import { Plus } from 'lucide';
import { useState } from 'preact/hooks';
import { PRESETS } from '../../../naming/variant.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure, Wrong } from '../../parts/failure.tsx';
import { Choice, Field, Form } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';
import { bed } from '../../state/bed.ts';
import { tell } from '../../state/toasts.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { makesVariants } from '../../state/variants.ts';
import { useTexts } from '../../texts/texts.ts';

type Preset = Readonly<Record<string, string>>;
type Named = Readonly<Record<string, Preset>>;

const FITS = ['cover', 'contain', 'inside'] as const;
const FORMATS = ['auto', 'avif', 'webp', 'jpeg', 'png'] as const;

/** Those that an admin has set, out of all. */
const ownOf = (all: Named): Named => {
  const builtIn = new Map<string, Preset>(Object.entries(PRESETS));
  return Object.fromEntries(
    Object.entries(all).filter(([name, preset]) => toQuery(builtIn.get(name) ?? {}) !== toQuery(preset)),
  );
};

const toQuery = (preset: Preset): string => new URLSearchParams({ ...preset }).toString();

/** Names for sizes that addresses may ask for. */
export function Presets() {
  const t = useTexts();
  const [all, again] = useLoaded(async () => (await bed.image.getPresets({})).presets);
  const [isAdding, setAdding] = useState(false);
  if (all.state === 'loading') return <Loading />;
  if (all.state === 'failed') return <Failure error={all.error} onRetry={again} />;
  const own = ownOf(all.value);
  return (
    <section class="card stack" aria-label={t.admin.presets}>
      <div class="row apart">
        <h2>{t.admin.presets}</h2>
        <Button kind="main" icon={Plus} label={t.admin.addPreset} onClick={() => setAdding(true)} />
      </div>
      <p class="soft">{makesVariants() ? t.admin.presetsHint : t.admin.noVariants}</p>
      <ul class="admin-list">
        {Object.entries(all.value).map(([name, preset]) => (
          <PresetRow key={name} {...{ name, preset, own }} onChange={again} />
        ))}
      </ul>
      {isAdding && <AddPreset own={own} onClose={() => setAdding(false)} onAdded={again} />}
    </section>
  );
}

interface PresetRowProps {
  readonly name: string;
  readonly preset: Preset;
  readonly own: Named;
  readonly onChange: () => void;
}

function PresetRow({ name, preset, own, onChange }: PresetRowProps) {
  const t = useTexts();
  const { run, isBusy, failure } = useAction(async () => {
    const { [name]: _, ...presets } = own;
    await bed.image.setPresets({ presets });
    void tell(t.admin.presetRemoved(name));
    onChange();
  });
  return (
    <li>
      <div class="grow">
        <strong>{name}</strong>
        <p class="small soft">
          <code>?p={name}</code> = <code>?{toQuery(preset)}</code>
        </p>
        <Wrong error={failure} />
      </div>
      {name in own ? (
        <Button kind="danger" label={`${t.do.remove}: ${name}`} onClick={run} disabled={isBusy} />
      ) : (
        <span class="badge">{t.admin.builtIn}</span>
      )}
    </li>
  );
}

interface AddPresetProps {
  readonly own: Named;
  readonly onClose: () => void;
  readonly onAdded: () => void;
}

function AddPreset({ own, onClose, onAdded }: AddPresetProps) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [sides, setSides] = useState({ w: '', h: '' });
  const [fit, setFit] = useState<(typeof FITS)[number]>('cover');
  const [format, setFormat] = useState<(typeof FORMATS)[number]>('auto');
  const { run, isBusy, failure } = useAction(async () => {
    const said = Object.entries(sides).filter(([, side]) => side !== '');
    const preset = { ...Object.fromEntries(said), fit, f: format };
    await bed.image.setPresets({ presets: { ...own, [name]: preset } });
    void tell(t.admin.presetAdded(name));
    onAdded();
    onClose();
  });
  return (
    <Dialog title={t.admin.addPreset} onClose={onClose}>
      <Form onSubmit={run}>
        <Field
          label={t.admin.presetName}
          value={name}
          onInput={setName}
          hint={t.admin.presetNameHint}
          isRequired
          hasFocus
        />
        <Field label={t.admin.presetWidth} value={sides.w} onInput={(w) => setSides({ ...sides, w })} />
        <Field label={t.admin.presetHeight} value={sides.h} onInput={(h) => setSides({ ...sides, h })} />
        <Choice
          label={t.admin.presetFit}
          value={fit}
          options={FITS.map((each) => [each, t.admin.fits[each]] as const)}
          onChange={setFit}
        />
        <Choice
          label={t.admin.presetFormat}
          value={format}
          options={FORMATS.map((each) => [each, each === 'auto' ? t.admin.smallest : each.toUpperCase()] as const)}
          onChange={setFormat}
        />
        <Wrong error={failure} />
        <div class="row">
          <Button type="submit" kind="main" label={t.admin.addPreset} disabled={isBusy} />
          <Button label={t.do.cancel} onClick={onClose} />
        </div>
      </Form>
    </Dialog>
  );
}
