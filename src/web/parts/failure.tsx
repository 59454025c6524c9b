import { CircleAlert, RotateCw } from 'lucide';
import { BedError } from '../../client/index.ts';
import { copyText } from '../state/clipboard.ts';
import { textsNow, useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/** What went wrong, in a sentence. */
function toSentence(error: unknown): string {
  if (error instanceof BedError) return error.message;
  return textsNow().failed.unknown;
}

/** What somebody who looks after the bed wants to know of it. */
const toDetails = (error: unknown): string =>
  error instanceof BedError
    ? [error.code, error.requestId].filter((part) => part !== undefined).join(' ')
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);

/** A sentence about what went wrong beside what it is about; said aloud. */
export function Wrong({ error }: { readonly error: unknown }) {
  const t = useTexts();
  if (error === undefined) return <div role="alert" />;
  return (
    <div role="alert" class="note bad">
      <p>{toSentence(error)}</p>
      <button type="button" class="small" onClick={() => copyText(toDetails(error))}>
        <code>{toDetails(error)}</code> · {t.do.copyDetails}
      </button>
    </div>
  );
}

interface FailureProps {
  readonly error: unknown;
  /** What the error says unless given. */
  readonly text?: string | undefined;
  readonly onRetry: () => void;
}

/** In place of what could not be loaded. */
export function Failure({ error, text = toSentence(error), onRetry }: FailureProps) {
  const t = useTexts();
  return (
    <div class="empty" role="alert">
      <Icon of={CircleAlert} />
      <h2>{t.failed.title}</h2>
      <p>{text}</p>
      <p class="small">
        <code>{toDetails(error)}</code>
      </p>
      <Button label={t.do.retry} icon={RotateCw} onClick={onRetry} />
    </div>
  );
}
