/**
 * Many readers of one address in one process, over plain sockets: the cheapest client there is, since
 * it shares the machine with the server that is measured. Says `open` when all are, reads until it is
 * told to stop, and answers with what it got.
 */
import { connect, type Socket } from 'node:net';

export interface Readers {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  readonly count: number;
}

export interface ReadersDone {
  /** Of all readers. */
  readonly bytes: number;
  /** Readers that saw the job's end. */
  readonly sawEnd: number;
}

const END = Buffer.from('"state":"completed"');

async function open({ port, path, key }: Readers, onBytes: (bytes: Buffer) => void) {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', () => resolve());
    socket.on('data', onBytes);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n\r\n`);
  });
  return socket;
}

const readers = JSON.parse(process.argv.at(-1) ?? '') as Readers;
let bytes = 0;
let sawEnd = 0;
const sockets: Socket[] = [];
for (let i = 0; i < readers.count; i += 1) {
  let seen = false;
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    if (seen || !chunk.includes(END)) return;
    seen = true;
    sawEnd += 1;
  };
  sockets.push(await open(readers, take));
}
process.send?.('open');
process.once('message', () => {
  for (const socket of sockets) socket.destroy();
  process.send?.({ bytes, sawEnd } satisfies ReadersDone);
  process.disconnect();
});
