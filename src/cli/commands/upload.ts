/** Uploads files into S3-compatible storage, many at once, and goes on where the last run ended. */
import { formatBytes } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { every } from '../every.ts';
import { EXIT } from '../exit.ts';
import { onInterrupts } from '../interrupts.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { textOf, wordsOf } from '../report-error.ts';

const TELL_EVERY_MS = 2_000;

export async function runUpload(
  { io, flags, workbench, resolved }: Invocation,
  files: readonly string[],
  own: OwnFlags,
): Promise<number> {
  const to = String(own.to ?? resolved.settings.filesTo);
  if (to === '') throw new SluiceError('usage.invalid', { detail: '--to is missing' });
  const bench = await workbench();
  let bytes = { doneBytes: 0, totalBytes: 0 };
  await using uploading = await bench.upload(files, to, (progress) => {
    bytes = progress;
  });
  const { uploads } = uploading;
  const quiet = flags.json || flags.quiet;
  const tell = () => {
    const { completed, failed } = uploads.progress;
    const done = `${completed} of ${files.length} files`;
    const size = `${formatBytes(bytes.doneBytes)} of ${formatBytes(bytes.totalBytes)}`;
    io.stderr.write(`${done}, ${size}${failed === 0 ? '' : `, ${failed} failed`}\n`);
  };
  const stop = quiet ? () => {} : every(bench.clock, TELL_EVERY_MS, tell);
  let interrupted = 0;
  const pressed = Promise.withResolvers<void>();
  const off = onInterrupts((code) => {
    interrupted = code;
    uploads.cancel('interrupted');
    pressed.resolve();
  });
  let failed = 0;
  try {
    await Promise.race([uploading.opened, pressed.promise]);
    for await (const end of uploads) {
      const file = files[end.index] ?? '';
      if ('error' in end) {
        if (interrupted > 0) continue;
        failed += 1;
        const told = wordsOf(end.error, own);
        if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'failed', file, ...told })}\n`);
        else io.stderr.write(textOf(told));
        continue;
      }
      const { path, size, sent, found } = end.result;
      if (flags.json) {
        io.stdout.write(`${JSON.stringify({ type: 'uploaded', file, path, size, sent, found })}\n`);
      }
    }
  } finally {
    stop();
    off();
  }
  if (interrupted > 0) {
    if (!flags.quiet) io.stderr.write('Stopped. The same command goes on from what is there.\n');
    return interrupted;
  }
  if (!quiet) tell();
  return failed === 0 ? EXIT.ok : EXIT.failures;
}
