import './qr-code.css';
import { useLoaded } from '../state/use-loaded.ts';

interface QrCodeProps {
  readonly text: string;
  readonly label: string;
  /** In its place where the text is too long for one. */
  readonly tooLong: string;
}

/** Bytes of the largest code at its lowest level of correction. @see https://www.iso.org/standard/83389.html */
const MOST_BYTES = 2953;

/** A QR code of a text, dark on light as scanners want it. */
export function QrCode({ text, label, tooLong }: QrCodeProps) {
  const isTooLong = new TextEncoder().encode(text).byteLength > MOST_BYTES;
  const [code] = useLoaded(async () => {
    if (isTooLong) return undefined;
    const { encode } = await import('uqr');
    return encode(text, { ecc: 'L', border: 2 });
  }, [text]);
  if (isTooLong) return <p class="small soft">{tooLong}</p>;
  if (code.state !== 'ready' || code.value === undefined) return <div class="qr" />;
  const { size, data } = code.value;
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
