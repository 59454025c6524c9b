/** Pictures that were replaced while this page stands: what each address shows now. */
const renewed = new Map<string, string>();

/** Has the browser fetch a picture anew, however long it was told to keep it, before it is shown. @throws never */
export async function renewPicture(url: string, etag: string): Promise<void> {
  // In the manner of an <img>: browsers keep what other questions were answered apart from it.
  const again = { cache: 'reload', mode: 'no-cors', credentials: 'include' } as const;
  await fetch(url, again).then(
    (response) => response.blob(),
    () => undefined,
  );
  renewed.set(url, etag);
}

/** The address by which a picture is shown here; what the page itself remembers by the bare one may be another. */
export function toShownAddress(url: string): string {
  const etag = renewed.get(url);
  return etag === undefined ? url : `${url}#${etag}`;
}
