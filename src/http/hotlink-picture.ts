import type { Download } from '../app.ts';

/** A circle with a bar, 48 pixels wide and high. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwAQMAAABtzGvEAAAABlBMVEXu7u6ZmZnz/xVEAAAAnElEQVR42n3QwQ0CIRAF0E84cKSE7WS3sY3OdkbiwTZILEBucjCOf2CMJyXAIyEfGIC/LbeBqs1RtZCkWsnSciebhCc5jQ4uN/LiNhCYyoJ4F6SCeOUoSJeKWJGOhkCkT3YjYwUaWSYMGwwbTBmhDdAnO0mCdZyCZZKPaqlxF2+9FQuHR7EwVCyM8/e5/ngvxQvzMr1o/4LPh/xsb9Y9SyhpCyoVAAAAAElFTkSuQmCC',
  'base64',
);

/** What stands in the place of an image where its bucket does not let the page show it; nobody keeps it. */
export const toHotlinkPicture = (withBody: boolean): Download => ({
  size: PICTURE.length,
  contentType: 'image/png',
  etag: 'hotlink',
  lastModified: new Date(0),
  range: undefined,
  body: withBody ? once() : undefined,
  isPublic: false,
  freshness: 'never',
  elsewhere: undefined,
});

async function* once(): AsyncGenerator<Uint8Array> {
  yield PICTURE;
}
