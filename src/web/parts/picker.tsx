import './picker.css';
import { useId } from 'preact/hooks';
import type { Health } from '../state/bed.ts';
import { readChosen } from '../state/dropped.ts';
import { Icon } from './icon.tsx';

interface PickerProps {
  readonly label: string;
  readonly icon: Parameters<typeof Icon>[0]['of'];
  readonly accept: string;
  readonly isMain?: boolean;
  /** One file, where several would make no sense. */
  readonly isSingle?: boolean;
  readonly isFolder?: boolean;
  readonly isCamera?: boolean;
  readonly onPick: (files: readonly File[]) => void;
}

/** What a bed takes, as the platform's choice of files wants it. */
export function toAccept({ contentTypes, converts }: Health['bed']['images']): string {
  const converted = converts.map((format) => (format === 'tiff' ? 'image/tiff' : `.${format}`));
  return [...contentTypes, '.heic', '.heif', 'image/bmp', ...converted].join();
}

/** The platform's own choice of files, behind a button. */
export function Picker({ label, icon, accept, isMain, isSingle, isFolder, isCamera, onPick }: PickerProps) {
  const id = useId();
  return (
    <div class={`picker ${isCamera === true ? 'only-touch' : ''}`}>
      <input
        id={id}
        class="only-read"
        type="file"
        multiple={isSingle !== true}
        accept={accept}
        {...(isFolder && { webkitdirectory: true })}
        {...(isCamera && { capture: 'environment' })}
        onChange={({ currentTarget }) => {
          if (currentTarget.files !== null) onPick(readChosen(currentTarget.files));
          // The same file may be chosen again.
          currentTarget.value = '';
        }}
      />
      <label for={id} class={`button ${isMain === true ? 'main' : ''}`}>
        <Icon of={icon} />
        {label}
      </label>
    </div>
  );
}
