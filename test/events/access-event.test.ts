import { vi } from 'vitest';
import { describeEntry } from '../suites/entry.suite.ts';
import { createTempConfig } from '../support/temp-config.ts';

describeEntry('HTTP access event', async () => {
  const { folder, remove } = await createTempConfig();
  process.env['IMAGEPIC_DATA_DIR'] = folder;
  const quiet = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const { main } = await import('../../src/main.ts');
  return {
    call: async (url, data, { token, lang } = {}) => {
      const response = await main(
        {
          path: `/${String(url)}`,
          httpMethod: 'POST',
          headers: {
            host: 'env.service.example.com',
            'content-type': 'application/json',
            ...(token && { authorization: token }),
            ...(lang && { 'accept-language': lang }),
          },
          queryStringParameters: {},
          requestContext: { requestId: 'r-1', envId: 'env' },
          body: JSON.stringify(data),
          isBase64Encoded: false,
        },
        {},
      );
      // The entry answers in the gateway's integration form.
      return JSON.parse((response as { body: string }).body);
    },
    close: async () => {
      quiet.mockRestore();
      await remove();
    },
  };
});
