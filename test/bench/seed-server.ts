// The upload of the article that this product comes from: express, multer to disk, minio-js to the store.
import { createReadStream } from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname } from 'node:path';
import express from 'express';
import * as minio from 'minio';
import multer from 'multer';

const endpoint = new URL(process.env['IMAGEPIC_S3_ENDPOINT'] ?? '');
const client = new minio.Client({
  endPoint: endpoint.hostname,
  port: Number(endpoint.port),
  useSSL: false,
  accessKey: process.env['IMAGEPIC_S3_ACCESS_KEY_ID'] ?? '',
  secretKey: process.env['IMAGEPIC_S3_SECRET_ACCESS_KEY'] ?? '',
});

const app = express();
app.post('/object/putObject', multer({ dest: tmpdir() }).single('file'), async (request, reply) => {
  const { file } = request;
  if (file === undefined) return reply.status(400).end();
  const { size } = await stat(file.path);
  const name = `${request.headers['folder']}/${file.originalname}`;
  const metadata = { 'Content-Type': `image/${extname(file.originalname).slice(1)}` };
  const { etag } = await client.putObject(
    String(request.headers['bucket']),
    name,
    createReadStream(file.path),
    size,
    metadata,
  );
  await unlink(file.path);
  return reply.json({ code: '0', data: etag, msg: '成功', success: true });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
