/**
 * A dialler that has one export, in a file: what it costs to serve it is little, and another
 * process's. Its argument is the file; it says its port on a line and ends with its input.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';

const VERSION =
  'VERSION: 2.14-202|BUILD: 250720-1841|DATE: 2026-11-20 13:20:00|DST: 0|TZNOW: -5|\n';
const FORM = '<html><form action="call_report_export.php"><input name="run_export"></form></html>';
const FILE = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment; filename="EXPORT_CALL_REPORT_20261120-132000.txt"',
};
/** A disk hands out more at once than a stream asks for by itself. */
const READ_BYTES = 2 ** 20;

const file = process.argv.at(-1) as string;
const server = createServer((request, response) => {
  const url = request.url ?? '';
  if (url.includes('non_agent_api.php')) response.end(VERSION);
  else if (!url.includes('run_export=1')) response.end(FORM);
  else {
    response.writeHead(200, FILE);
    pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), response, () => {});
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${address.port}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
