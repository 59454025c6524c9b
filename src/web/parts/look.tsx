import { LayoutDashboard } from 'lucide';
import { setSettings, settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';

/** How the images lie. */
export function Look() {
  const t = useTexts();
  const { tile, layout, isWhole } = useStore(settings);
  return (
    <>
      <div class="row library-look">
        <input
          type="range"
          min={96}
          max={320}
          step={16}
          value={tile}
          aria-label={t.library.size}
          onInput={({ currentTarget }) => setSettings({ tile: Number(currentTarget.value) })}
        />
        {layout === 'squares' && (
          <label class="check small">
            <input type="checkbox" checked={isWhole} onChange={() => setSettings({ isWhole: !isWhole })} />
            {t.library.whole}
          </label>
        )}
      </div>
      <Button
        isBare
        kind="quiet"
        icon={LayoutDashboard}
        label={t.library.rows}
        isPressed={layout === 'rows'}
        onClick={() => setSettings({ layout: layout === 'rows' ? 'squares' : 'rows' })}
      />
    </>
  );
}
