import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import type { NamedPicture } from './pictures.ts';

/** The first account of a bed. */
export const ANN = { name: '安妮', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };

/** A bed with its page. */
export interface Site extends ServerProcess {
  readonly origin: string;
  /** An access token of an account, which is made where there is none. */
  signIn(person?: typeof ANN & { readonly invitation?: string }): Promise<string>;
  upload(token: string, picture: NamedPicture, folder?: string): Promise<string>;
}

/** Builds the page and starts a bed that serves it. */
export async function startSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  await promisify(execFile)('npm', ['run', '--silent', 'build:page']);
  const server = await startServerProcess(env);
  return {
    ...server,
    origin: new URL(server.mountUrl).origin,
    signIn: async (person = ANN) => {
      await server.post('auth/register', { ...person, tfs: '' });
      const { data } = await server.post('auth/login', { phone: person.phone, upwd: person.upwd });
      return data['token'] ?? '';
    },
    upload: async (token, { name, bytes }, folder = '') => {
      const form = new FormData();
      form.set('bucketName', 'images');
      form.set('objectName', folder === '' ? name : `${folder}/${name}`);
      form.set('file', new Blob([Uint8Array.from(bytes)]), name);
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${server.mountUrl}/object/putObject`, { method: 'POST', headers, body: form });
      const answer = JSON.parse(await response.text());
      if (!answer.success) throw new Error(JSON.stringify(answer));
      return answer.data.url;
    },
  };
}
