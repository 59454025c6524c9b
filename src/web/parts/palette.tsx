import { Database, type IconNode, ImagePlus, Keyboard, LogOut } from 'lucide';
import { useId, useState } from 'preact/hooks';
import type { Route } from '../routes.ts';
import { bed, leave } from '../state/bed.ts';
import { go } from '../state/location.ts';
import { receiveFiles } from '../state/receive-files.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { useTexts } from '../texts/texts.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import { KeyHelp } from './key-help.tsx';

interface Command {
  readonly label: string;
  readonly icon: IconNode;
  readonly run: () => void;
  /** Shows something in place of the palette. */
  readonly isInPlace?: boolean;
}

interface PaletteProps {
  readonly routes: readonly Route[];
  readonly onClose: () => void;
}

/** Goes to a screen or a bucket, or does one of a few things, by what somebody writes of its name. */
export function Palette({ routes, onClose }: PaletteProps) {
  const t = useTexts();
  const id = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [isHelping, setHelping] = useState(false);
  const [buckets] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }));
  const names = buckets.state === 'ready' ? buckets.value.map(({ name }) => name) : [];
  const commands: readonly Command[] = [
    ...routes.flatMap(({ path, name, icon }) =>
      icon === undefined ? [] : [{ label: name(t), icon, run: () => go(path) }],
    ),
    { label: t.palette.pick, icon: ImagePlus, run: pickImages },
    { label: t.library.help, icon: Keyboard, run: () => setHelping(true), isInPlace: true },
    { label: t.nav.signOut, icon: LogOut, run: () => void leave() },
    // They come later than the rest, and move nothing.
    ...names.map((name) => ({ label: t.palette.bucket(name), icon: Database, run: () => go('library', name) })),
  ];
  const words = text.trim().toLowerCase().split(/\s+/);
  const found = commands.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    if (command.isInPlace !== true) onClose();
    command.run();
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setChosen((at + 1) % Math.max(1, found.length)),
    ArrowUp: () => setChosen((at + found.length - 1) % Math.max(1, found.length)),
    Enter: () => run(found[at]),
  };
  const press = (event: KeyboardEvent): void => {
    const isAgain = event.key === 'k' && (event.ctrlKey || event.metaKey);
    const act = isAgain ? onClose : keys[event.key];
    // Enter that ends a word of Chinese chooses nothing.
    if (act === undefined || event.isComposing) return;
    event.preventDefault();
    act();
  };
  if (isHelping) return <KeyHelp onClose={onClose} />;
  return (
    <Dialog title={t.palette.title} onClose={onClose}>
      <input
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        aria-label={t.palette.search}
        placeholder={t.palette.search}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={press}
      />
      <div id={id} class="palette" role="listbox" aria-label={t.palette.title}>
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text above it has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the text has the focus, and says which option is active
          <div
            key={command.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            ref={(option) => {
              if (index === at) option?.scrollIntoView({ block: 'nearest' });
            }}
            onClick={() => run(command)}
          >
            <Icon of={command.icon} />
            <span class="cut">{command.label}</span>
          </div>
        ))}
      </div>
      <p class="soft small" role="status">
        {found.length === 0 && t.palette.none}
      </p>
    </Dialog>
  );
}

function pickImages(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.accept = 'image/*';
  input.onchange = () => void receiveFiles([...(input.files ?? [])]);
  input.click();
}
