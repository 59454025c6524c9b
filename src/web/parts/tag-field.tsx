import './tags.css';
import { X } from 'lucide';
import { useId, useState } from 'preact/hooks';
import { useTexts } from '../texts/texts.ts';
import { Icon } from './icon.tsx';

interface TagFieldProps {
  readonly label: string;
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
  /** Some that may be meant. */
  readonly suggestions?: readonly string[];
  readonly hasFocus?: boolean;
}

/** Tags that somebody writes, each ended by Enter or a comma. */
export function TagField({ label, tags, onChange, suggestions = [], hasFocus = false }: TagFieldProps) {
  const t = useTexts();
  const id = useId();
  const [written, setWritten] = useState('');
  const add = (text: string): void => {
    setWritten('');
    const more = text.split(/[,，\n]/).map((tag) => tag.trim());
    const all = [...new Set([...tags, ...more])].filter((tag) => tag !== '');
    if (all.length > tags.length) onChange(all);
  };
  const press = (event: KeyboardEvent): void => {
    // Enter that ends a word of Chinese adds nothing.
    if (event.isComposing) return;
    if (event.key === 'Enter' && written.trim() !== '') {
      event.preventDefault();
      add(written);
    }
    if (event.key === 'Backspace' && written === '' && tags.length > 0) onChange(tags.slice(0, -1));
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {tags.length > 0 && (
        <div class="tags">
          {tags.map((tag) => (
            <button
              key={tag}
              type="button"
              class="tag"
              aria-label={t.words.takeAway(tag)}
              onClick={() => onChange(tags.filter((other) => other !== tag))}
            >
              <span class="cut"># {tag}</span>
              <Icon of={X} />
            </button>
          ))}
        </div>
      )}
      <input
        id={id}
        class="input"
        list={`${id}-list`}
        autocomplete="off"
        aria-describedby={`${id}-hint`}
        value={written}
        autofocus={hasFocus}
        onInput={({ currentTarget, isComposing }) => {
          const text = currentTarget.value;
          if (!isComposing && /[,，]/.test(text)) add(text);
          else setWritten(text);
        }}
        onBlur={() => add(written)}
        onKeyDown={press}
      />
      <datalist id={`${id}-list`}>
        {suggestions
          .filter((tag) => !tags.includes(tag))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
      <span class="hint" id={`${id}-hint`}>
        {t.words.tagHint}
      </span>
    </div>
  );
}
