import { Check, Copy } from 'lucide';
import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../state/clipboard.ts';
import { useTexts } from '../texts/texts.ts';
import { Button } from './button.tsx';

interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
  readonly kind?: 'main' | 'quiet';
  readonly isBare?: boolean;
}

/** Copies a text. */
export function CopyButton({ text, label, kind, isBare }: CopyButtonProps) {
  const t = useTexts();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <Button
      label={isCopied && isBare !== true ? t.do.copied : (label ?? t.do.copy)}
      icon={isCopied ? Check : Copy}
      {...(kind && { kind })}
      {...(isBare && { isBare })}
      onClick={() => {
        setCopied(true);
        void copyText(text);
      }}
    />
  );
}
