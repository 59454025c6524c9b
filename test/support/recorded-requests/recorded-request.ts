/** A request as a client puts it on the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** Below the mount, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A part of a form, its header lines as the client writes them. */
export interface RecordedPart {
  readonly lines: readonly string[];
  readonly content: string | Uint8Array;
}

/** A text field. */
export const textPart = (name: string, content: string): RecordedPart => ({
  lines: [`Content-Disposition: form-data; name="${name}"`],
  content,
});

/** A file, its name in raw UTF-8 as form-data, browsers and most clients write it. */
export const filePart = (name: string, fileName: string, content: Uint8Array, type = 'image/png'): RecordedPart => ({
  lines: [`Content-Disposition: form-data; name="${name}"; filename="${fileName}"`, `Content-Type: ${type}`],
  content,
});

/** Writes a form byte by byte. */
export function writeForm(boundary: string, parts: readonly RecordedPart[]): Buffer {
  const pieces = parts.flatMap(({ lines, content }) => [
    Buffer.from(`--${boundary}\r\n${lines.join('\r\n')}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

/** A form with nothing but what every client sends. */
export function formRequest(
  path: string,
  parts: readonly RecordedPart[],
  headers: Readonly<Record<string, string>> = {},
): RecordedRequest {
  const boundary = '----------------------------346829751002839471630018';
  const body = writeForm(boundary, parts);
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(body.length),
      ...headers,
    },
    body,
  };
}
