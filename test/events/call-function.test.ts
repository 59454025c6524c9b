import { bootstrap } from '../../src/bootstrap.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import { describeEntry } from '../suites/entry.suite.ts';
import { createTempConfig } from '../support/temp-config.ts';

describeEntry('callFunction', async () => {
  const { config, remove } = await createTempConfig();
  const app = await bootstrap(config, { writeLog: () => {} });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: config.mount });
  return {
    call: async (url, data, { token, lang } = {}) =>
      JSON.parse(
        JSON.stringify(await entry({ ...data, $url: url, $token: token, $lang: lang }, { request_id: 'r-1' })),
      ),
    close: remove,
  };
});
