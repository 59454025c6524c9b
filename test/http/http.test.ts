import { describeEntry } from '../suites/entry.suite.ts';
import { startServer } from '../support/running-server.ts';

describeEntry('HTTP', async () => {
  const { mountUrl, close } = await startServer();
  return {
    call: async (url, data, { token, lang } = {}) => {
      const response = await fetch(`${mountUrl}/${String(url)}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${token}` }),
          ...(lang && { 'accept-language': lang }),
        },
        body: JSON.stringify(data),
      });
      return JSON.parse(await response.text());
    },
    close,
  };
});
