import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeMiniProgram } from '../../../suites/mini-program.suite.ts';
import { BED_DOMAIN, buildExample } from '../../../support/mini-program.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const LISTED = { domains: { request: [BED_DOMAIN], uploadFile: [BED_DOMAIN], downloadFile: [BED_DOMAIN] } };
const start = (env: Readonly<Record<string, string>> = {}): Promise<RunningServer> =>
  startServer({ IMAGEPIC_PUBLIC_URL: `${BED_DOMAIN}/imagepic`, ...env });

describeMiniProgram('the embedded stores', async () => {
  const { mountUrl, close } = await start();
  return { mountUrl, platform: LISTED, close };
});

describeMiniProgram('another default bucket', async () => {
  const { mountUrl, close } = await start({ IMAGEPIC_DEFAULT_BUCKET: 'pictures' });
  return { mountUrl, platform: LISTED, close };
});

describe('the example mini-program', () => {
  let server: RunningServer;
  let run: Awaited<ReturnType<typeof buildExample>>;
  beforeAll(async () => {
    server = await start();
    run = await buildExample({ mountUrl: server.mountUrl, platform: LISTED });
  });
  afterAll(() => server?.close());

  it('says which domain is missing from which list', async () => {
    const { bed, phone } = await run({ domains: { request: [BED_DOMAIN] } });
    const refused = bed.upload(phone.addTemporaryFile(makePng(30, 20, { noise: true }), 'png'));
    await expect(refused).rejects.toMatchObject({
      code: 'DomainNotListed',
      message: expect.stringContaining(`把 ${BED_DOMAIN} 加入 uploadFile 合法域名`),
      details: { domain: BED_DOMAIN, list: 'uploadFile' },
    });
  });

  it('says what file cannot be read', async () => {
    const { bed } = await run();
    await expect(bed.upload('wxfile://tmp_none.png')).rejects.toMatchObject({ code: 'FileUnreadable' });
  });
});
