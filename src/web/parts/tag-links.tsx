import './tags.css';
import { toAskedHref } from '../state/location.ts';
import { writeQuestion } from '../state/question.ts';
import { useTexts } from '../texts/texts.ts';

/** Tags, each of which leads to the images that have it. */
export function TagLinks({ tags }: { readonly tags: readonly string[] }) {
  const t = useTexts();
  return (
    <ul class="tags" aria-label={t.words.tags}>
      {tags.map((tag) => (
        <li key={tag}>
          <a
            class="tag"
            href={toAskedHref(writeQuestion({ text: '', tags: [tag] }), 'library')}
            title={t.words.find(tag)}
          >
            <span class="cut"># {tag}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
