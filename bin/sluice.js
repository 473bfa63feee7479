#!/usr/bin/env node
// Starts Sluice: from `dist/` where it was built, else the sources as they are. Plain JavaScript that
// any Node can read, so that an old one gets a sentence instead of a syntax error.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const root = new URL('../', import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, root));

const args = process.argv.slice(2);
if (args[0] === '--version' || args[0] === '-V') {
  process.stdout.write(`${JSON.parse(readFileSync(path('package.json'), 'utf8')).version}\n`);
} else if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  const pinned = path('node_modules/node/bin/node');
  if (existsSync(pinned)) {
    runWith(pinned);
  } else {
    process.stderr.write(
      `Sluice needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}.\n`,
    );
    process.exitCode = 1;
  }
} else {
  // By its variable, because threads start with a copy of the environment and nothing else.
  process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');
  module.enableCompileCache?.();
  const source = new URL('src/cli-main.ts', root);
  const built = new URL('dist/src/cli-main.js', root);
  const entry = existsSync(source) && !source.pathname.includes('/node_modules/') ? source : built;
  const { runCli } = await import(entry.href);
  const exitCode = await runCli(args);
  process.exitCode = exitCode;
  // A collector that was left behind may hold timers or sockets: it does not hold up the end.
  // Not before it has been told that the last of the output could not be written.
  process.stdout.write('', () => setImmediate(() => process.exit(exitCode)));
}

/** Steps aside for the Node that came with the package: its end is ours, our signals are its. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl-C to both; once more would be the second press.
    const sentToBoth = signal === 'SIGINT' && process.stdin.isTTY === true;
    process.on(signal, () => sentToBoth || child.kill(signal));
  }
  child.once('error', (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
