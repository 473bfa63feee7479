/** Sites whose bytes are the point: slow, stalled, endless, cut, inflated, or no page at all. */
import { constants, crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type Exchange, later, type Manners, send, sendStatus } from '../exchange.ts';
import { plainPage, sendPage } from '../send-page.ts';

const BOMB_CHUNKS = 64;
const BOMB_CHUNK_BYTES = 2 ** 20;
/** The endless body ends here after all, so that a client without a limit does not run for ever. */
const ENDLESS_BYTES_MAX = 2 ** 31;
const TRICKLE_STEPS = 20;
const TRICKLE_STEP_MS = 100;

let bomb: Buffer | undefined;

export const BODY_MANNERS: Manners = {
  'flaky-truncated': (exchange) =>
    exchange.page === 'home' && exchange.attempt === 1 && sendCut(exchange, 0.5),
  'flaky-reset': (exchange) =>
    exchange.page === 'home' && exchange.attempt === 1 && reset(exchange),
  'slow-headers': (exchange) => {
    if (exchange.page !== 'home') return false;
    later(exchange, 2_000 * exchange.latencyScale, () => sendPage(exchange));
    return true;
  },
  'slow-body': (exchange) => exchange.page === 'home' && trickle(exchange),
  'stalled-headers': () => true,
  'stalled-body': (exchange) => {
    const { body, contentType } = plainPage(exchange);
    const head = { 'content-type': contentType, 'content-length': body.length };
    exchange.response.writeHead(200, head);
    exchange.response.write(body.subarray(0, body.length >> 2));
    return true;
  },
  'endless-body': endless,
  'reset-before-headers': reset,
  'reset-mid-body': (exchange) => {
    const { body, contentType } = plainPage(exchange);
    const head = { 'content-type': contentType, 'content-length': body.length };
    exchange.response.writeHead(200, head);
    exchange.response.write(body.subarray(0, body.length >> 2), () => {
      later(exchange, 20, () => reset(exchange));
    });
    return true;
  },
  'gzip-bomb': (exchange) => {
    bomb ??= makeBomb();
    send(exchange, 200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, bomb);
    return true;
  },
  'gzip-truncated': (exchange) => {
    const { body, contentType } = plainPage(exchange);
    const packed = gzipSync(body);
    const cut = packed.subarray(0, packed.length >> 1);
    send(exchange, 200, { 'content-type': contentType, 'content-encoding': 'gzip' }, cut);
    return true;
  },
  'length-too-long': (exchange) => sendCut(exchange, 1),
  'empty-page': (exchange) => {
    send(exchange, 200, { 'content-type': 'text/html; charset=utf-8' });
    return true;
  },
  parked: (exchange) => {
    send(exchange, 200, { 'content-type': 'text/html; charset=utf-8' }, parkedPage(exchange));
    return true;
  },
  'pdf-home': (exchange) => sendFile(exchange, 'application/pdf', '%PDF-1.4\n%âãÏÓ\n1 0 obj\n'),
  'image-home': (exchange) => sendFile(exchange, 'image/png', PNG),
  'headers-large': (exchange) => {
    if (exchange.page === undefined) return false;
    sendPage(exchange, padding(8));
    return true;
  },
  'headers-huge': (exchange) => {
    send(exchange, 200, { 'content-type': 'text/html', ...padding(96) }, '<p>too much</p>');
    return true;
  },
  'headers-malformed': (exchange) => {
    exchange.response.socket?.end('HELO 200 this is not HTTP\r\n\r\n');
    return true;
  },
};

/** A grey pixel: what every picture of the sandbox is. */
export const PNG: Buffer = pngPixel();

/** 64 MiB as one gzip member, made of one packed chunk: packing it all would stall every site. */
function makeBomb(): Buffer {
  const chunk = Buffer.alloc(BOMB_CHUNK_BYTES, '<p>&nbsp;</p>\n');
  const packed = deflateRawSync(chunk, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  let sum = 0;
  for (let at = 0; at < BOMB_CHUNKS; at += 1) sum = crc32(chunk, sum);
  const tail = Buffer.alloc(10);
  tail.writeUInt16LE(0x0003, 0);
  tail.writeUInt32LE(sum, 2);
  tail.writeUInt32LE(BOMB_CHUNKS * BOMB_CHUNK_BYTES, 6);
  const head = Buffer.from('1f8b0800000000000003', 'hex');
  return Buffer.concat([head, ...new Array<Buffer>(BOMB_CHUNKS).fill(packed), tail]);
}

/** Ends the connection with a reset. */
export function reset(exchange: Exchange): true {
  const { socket } = exchange.response;
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy();
  return true;
}

/** Promises more than it sends, then closes the connection. */
function sendCut(exchange: Exchange, share: number): true {
  const { body, contentType } = plainPage(exchange);
  const { response } = exchange;
  const promised = share < 1 ? body.length : body.length + 4_096;
  response.writeHead(200, { 'content-type': contentType, 'content-length': promised });
  response.write(body.subarray(0, Math.floor(body.length * share)), () => response.socket?.end());
  return true;
}

function trickle(exchange: Exchange): true {
  const { body, contentType } = plainPage(exchange);
  const { response } = exchange;
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.length });
  const stepBytes = Math.ceil(body.length / TRICKLE_STEPS);
  const step = (from: number) => {
    if (from >= body.length) {
      response.end();
      return;
    }
    response.write(body.subarray(from, from + stepBytes));
    later(exchange, TRICKLE_STEP_MS * exchange.latencyScale, () => step(from + stepBytes));
  };
  step(0);
  return true;
}

function endless(exchange: Exchange): true {
  const { response } = exchange;
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  const chunk = Buffer.from('<p>and so on, and so on, without an end</p>\n'.repeat(1_500));
  let sentBytes = 0;
  const more = () => {
    if (response.destroyed || sentBytes > ENDLESS_BYTES_MAX) {
      response.destroy();
      return;
    }
    sentBytes += chunk.length;
    if (response.write(chunk)) later(exchange, 2, more);
    else response.once('drain', () => later(exchange, 2, more));
  };
  more();
  return true;
}

function sendFile(exchange: Exchange, type: string, body: string | Buffer): true {
  if (exchange.page === 'home') send(exchange, 200, { 'content-type': type }, body);
  else sendStatus(exchange, 404);
  return true;
}

function padding(kibibytes: number): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < kibibytes; at += 1) found[`x-trace-${at}`] = 'a'.repeat(1_010);
  return found;
}

function parkedPage(exchange: Exchange): string {
  const { host } = exchange.site;
  return `<!DOCTYPE html><html lang="en"><head><title>${host} is for sale</title></head>
<body><h1>${host}</h1><p>This domain may be for sale. Related searches:</p>
<ul><li><a href="/?q=insurance">Insurance</a></li><li><a href="/?q=loans">Loans</a></li></ul>
</body></html>`;
}

function pngPixel(): Buffer {
  const head = Buffer.from('89504e470d0a1a0a', 'hex');
  const size = Buffer.from('0000000100000001', 'hex');
  const parts = [
    pngChunk('IHDR', Buffer.concat([size, Buffer.from([8, 0, 0, 0, 0])])),
    pngChunk('IDAT', deflateSync(Buffer.from([0, 0x80]))),
    pngChunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([head, ...parts]);
}

function pngChunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8 + named.length);
  frame.writeUInt32BE(body.length, 0);
  named.copy(frame, 4);
  frame.writeUInt32BE(crc32(named), 4 + named.length);
  return frame;
}
