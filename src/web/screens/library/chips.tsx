import { X } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.tsx';
import { toTree } from '../../state/album-tree.ts';
import { albums, openAlbums } from '../../state/albums.ts';
import { bed, visit } from '../../state/bed.ts';
import { type Question, SEARCHED_TYPES } from '../../state/question.ts';
import { useStore } from '../../state/store.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useTexts } from '../../texts/texts.ts';

interface ChipsProps {
  readonly question: Question;
  readonly onChange: (change: Partial<Question>) => void;
}

const TYPES = SEARCHED_TYPES.map(({ extension, name }) => [extension, name] as const);

/** What is looked for beside words: each chip is set by a click, and shows what it is set to. */
export function Chips({ question, onChange }: ChipsProps) {
  const t = useTexts();
  const now = useStore(visit);
  const [buckets] = useLoaded(() => bed.bucket.listBuckets({ pageSize: 1000 }));
  const names = buckets.state === 'ready' ? buckets.value.map(({ name }) => [name, name] as const) : [];
  const isAdmin = 'me' in now && now.me.role === 'admin';
  const { type, albumId, bucketName, ownerId, from, to, tags } = question;
  const isAny = tags.length > 0 || [type, albumId, bucketName, ownerId, from, to].some((value) => value !== undefined);
  return (
    <fieldset class="row chips">
      <legend class="only-read">{t.search.by}</legend>
      <Pick label={t.search.type} value={type} options={TYPES} onChange={(next) => onChange({ type: next })} />
      <Day label={t.search.from} value={from} onChange={(next) => onChange({ from: next })} />
      <Day label={t.search.to} value={to} onChange={(next) => onChange({ to: next })} />
      <InAlbum value={albumId} onChange={(next) => onChange({ albumId: next })} />
      {(names.length > 1 || bucketName !== undefined) && (
        <Pick
          label={t.search.bucket}
          value={bucketName}
          options={names}
          onChange={(next) => onChange({ bucketName: next })}
        />
      )}
      {isAdmin && <Owner value={ownerId} onChange={(next) => onChange({ ownerId: next })} />}
      <Tags tags={tags} onChange={(next) => onChange({ tags: next })} />
      {isAny && (
        <button type="button" class="chip quiet" onClick={() => onChange({ tags: [], ...NOTHING })}>
          <Icon of={X} />
          {t.search.clear}
        </button>
      )}
    </fieldset>
  );
}

const NOTHING = {
  ...{ type: undefined, albumId: undefined, bucketName: undefined, ownerId: undefined },
  ...{ from: undefined, to: undefined },
};

interface PickProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string | undefined) => void;
}

function Pick({ label, value, options, onChange }: PickProps) {
  const t = useTexts();
  // What is set and not among them, such as what is not read yet, is shown as it is written.
  const shown =
    value === undefined || options.some(([option]) => option === value)
      ? options
      : [[value, value] as const, ...options];
  return (
    <label class={`chip ${value === undefined ? '' : 'set'}`}>
      <span>{label}</span>
      <select value={value ?? ''} onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}>
        <option value="">{t.search.any}</option>
        {shown.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Those of an album; albums within others are moved in. */
function InAlbum({ value, onChange }: Pick<PickProps, 'value' | 'onChange'>) {
  const t = useTexts();
  const { all } = useStore(albums);
  useEffect(() => void openAlbums(), []);
  if (all.length === 0 && value === undefined) return null;
  const options = toTree(all).map(
    ({ album, depth }) => [album.albumId, `${'\u2003'.repeat(depth)}${album.name}`] as const,
  );
  return <Pick label={t.search.album} {...{ value, options, onChange }} />;
}

/** Whose images; who there is is known to admins alone. */
function Owner({ value, onChange }: Pick<PickProps, 'value' | 'onChange'>) {
  const t = useTexts();
  const [people] = useLoaded(() => bed.auth.listUsers({ pageSize: 1000 }));
  const options = people.state === 'ready' ? people.value.users.map(({ userId, name }) => [userId, name] as const) : [];
  return <Pick label={t.search.owner} {...{ value, options, onChange }} />;
}

function Day({ label, value, onChange }: Pick<PickProps, 'label' | 'value' | 'onChange'>) {
  return (
    <label class={`chip ${value === undefined ? '' : 'set'}`}>
      <span>{label}</span>
      <input
        type="date"
        value={value ?? ''}
        min="1970-01-01"
        max="9999-12-31"
        onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
      />
    </label>
  );
}

interface TagsProps {
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
}

function Tags({ tags, onChange }: TagsProps) {
  const t = useTexts();
  const [written, setWritten] = useState('');
  const add = (): void => {
    const tag = written.trim();
    setWritten('');
    if (tag !== '' && !tags.includes(tag)) onChange([...tags, tag]);
  };
  return (
    <>
      {tags.map((tag) => (
        <button
          key={tag}
          type="button"
          class="chip set"
          aria-label={t.search.takeAway(`${t.search.tag} ${tag}`)}
          onClick={() => onChange(tags.filter((other) => other !== tag))}
        >
          # {tag}
          <Icon of={X} />
        </button>
      ))}
      <label class="chip">
        <span>{t.search.tag}</span>
        <input
          class="chip-tag"
          placeholder={t.search.addTag}
          value={written}
          maxLength={200}
          onInput={({ currentTarget }) => setWritten(currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
      </label>
    </>
  );
}
