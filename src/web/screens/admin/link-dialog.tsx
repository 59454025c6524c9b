import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { toHref } from '../../state/location.ts';
import { useTexts } from '../../texts/texts.ts';

/** Where a code is to be used; it is behind the `#`, so that no server is told. */
export const toCodeLink = (what: 'join' | 'reset', code: string): string =>
  `${location.origin}${location.pathname}${toHref(what, code)}`;

interface LinkDialogProps {
  readonly title: string;
  readonly link: string;
  readonly onClose: () => void;
}

/** A link that is shown once. */
export function LinkDialog({ title, link, onClose }: LinkDialogProps) {
  const t = useTexts();
  return (
    <Dialog title={title} onClose={onClose}>
      <code class="admin-link">{link}</code>
      <div class="row">
        <CopyButton kind="main" text={link} />
        <Button label={t.do.close} onClick={onClose} />
      </div>
    </Dialog>
  );
}
