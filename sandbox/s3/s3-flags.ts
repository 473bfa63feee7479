/** The options of the stand-in of S3 on the command line. */
import type { S3Options } from './s3-options.ts';

export const S3_NUMBERS = ['reset-share'] as const;
export const S3_TEXTS = ['key-id', 'key-secret'] as const;
export const S3_USAGE = `  s3       --key-id ID --key-secret SECRET --latency-ms N --fault-share X --reset-share X --dir DIR
`;

interface Given {
  readonly directory: string;
  number(name: 'latency-ms' | 'fault-share' | 'reset-share', otherwise: number): number;
  text(name: string): string | undefined;
}

export function readS3Options(given: Given, port: number, seed: number): S3Options {
  return {
    port,
    seed,
    keyId: given.text('key-id') ?? 'SANDBOX',
    keySecret: given.text('key-secret') ?? 'SANDBOX-SECRET',
    latencyMs: given.number('latency-ms', 0),
    slowDownShare: given.number('fault-share', 0),
    resetShare: given.number('reset-share', 0),
    ...(given.directory === '' ? {} : { directory: given.directory }),
  };
}
