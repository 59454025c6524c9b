import type { Text } from '../../errors.ts';

/** One request of a client, as it was understood: no secret, and nothing of its pictures but what they are. */
export interface TriedRequest {
  /** ISO 8601. */
  readonly at: string;
  /** Whether all that it wanted was done. */
  readonly ok: boolean;
  readonly status: number;
  /** What the client says of itself. */
  readonly agent?: string | undefined;
  readonly seen: {
    readonly method: string;
    readonly path: string;
    readonly dialect: string;
    readonly contentType: string;
    readonly bytes?: number | undefined;
    readonly fields: readonly string[];
    readonly files: readonly TriedFile[];
    readonly token: 'header' | 'query' | 'form';
  };
  readonly stored: readonly { readonly bucketName: string; readonly objectName: string }[];
  /** What is wrong, and what to do. */
  readonly advice: readonly Text[];
}

interface TriedFile {
  readonly field?: string | undefined;
  readonly size?: number | undefined;
  readonly contentType?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}
