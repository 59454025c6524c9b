import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly wrong?: string | undefined;
  readonly type?: 'text' | 'password' | 'email' | 'tel' | 'datetime-local';
  readonly name?: string;
  readonly autocomplete?: string;
  readonly isRequired?: boolean;
  readonly isLong?: boolean;
  readonly hasFocus?: boolean;
  readonly suggestions?: readonly string[];
}

/** A text that somebody writes, with its label, what is wanted, and what is wrong with it. */
export function Field(props: FieldProps) {
  const { label, value, onInput, hint, wrong, type = 'text', isRequired = false, suggestions } = props;
  const id = useId();
  const shared = {
    id,
    class: 'input',
    name: props.name,
    value,
    required: isRequired,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ') || undefined,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {props.isLong === true ? (
        <textarea {...shared} spellcheck={false} />
      ) : (
        <input
          {...shared}
          // A list of suggestions is for text alone, as the types of the DOM know.
          {...((suggestions === undefined ? { type } : { type: 'text', list: `${id}-list` }) as { type: 'text' })}
          autocomplete={props.autocomplete ?? 'off'}
          autofocus={props.hasFocus ?? false}
        />
      )}
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong !== undefined && (
        <span class="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChange: (value: Value) => void;
  readonly hint?: string;
}

/** One of several, from a list. */
export function Choice<Value extends string>({ label, value, options, onChange, hint }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = options.find(([option]) => option === currentTarget.value);
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && <span class="hint">{hint}</span>}
    </div>
  );
}

/** One of a few, all of them seen. */
export const Segments = <Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) => (
  <fieldset class="field">
    <legend class="only-read">{label}</legend>
    <div class="segments">
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  </fieldset>
);

interface FormProps {
  readonly children: ComponentChildren;
  readonly onSubmit: () => void;
}

/** A form that the page itself sends. */
export const Form = ({ children, onSubmit }: FormProps) => (
  <form
    class="stack"
    onSubmit={(event) => {
      event.preventDefault();
      onSubmit();
    }}
  >
    {children}
  </form>
);
