import { useTexts } from '../texts/texts.ts';

/** In place of what is on its way. */
export function Loading() {
  const t = useTexts();
  return (
    <div class="empty" role="status">
      <div class="spin" />
      <span class="only-read">{t.loading}</span>
    </div>
  );
}
