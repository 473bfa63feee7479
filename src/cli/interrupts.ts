import { EXIT } from './exit.ts';

/** Calls `press` at each Ctrl-C or termination, until the returned function is called. */
export function onInterrupts(press: (exitCode: number) => void): () => void {
  const onInterrupt = () => press(EXIT.interrupted);
  const onTerminate = () => press(EXIT.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
  };
}
