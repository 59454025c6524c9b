// An upload server of express and multer that keeps what it has said it has: fsync, rename, fsync of the folder.
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';
import multer from 'multer';

const folder = process.env['FOLDER'] ?? '';

async function sync(path: string): Promise<void> {
  const file = await open(path);
  await file.sync();
  await file.close();
}

const app = express();
app.post('/object/putObject', multer({ dest: folder }).single('file'), async (request, reply) => {
  const { file } = request;
  if (file === undefined) return reply.status(400).end();
  await sync(file.path);
  await rename(file.path, join(folder, file.originalname));
  await sync(folder);
  return reply.json({ code: '0', data: file.originalname, msg: '成功', success: true });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
