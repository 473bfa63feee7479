/**
 * Audio, pictures and texts: what they are, what is in them, what they are about. One row, one
 * file, one record. Most of it is found here; for the rest there are endpoints of models.
 */
import { z } from 'zod';
import type { Failure } from '../../model/failure.ts';
import type { TaskSeed } from '../../model/task.ts';
import type { CollectContext, Collector, Source } from '../collector.ts';
import type { Endpoint } from './endpoint.ts';
import { ANALYTICS_LANE, isAiLane } from './media-lanes.ts';
import { type MediaOptions, mediaOptions } from './media-options.ts';
import { type LocalFiles, type MediaPlace, readPlace } from './media-place.ts';
import { type MediaRecord, mediaRecord } from './media-record.ts';
import { mediaTable } from './media-table.ts';

export interface MediaConfig {
  readonly files: LocalFiles;
  readonly bytesMax: number;
  readonly pixelsMax: number;
  readonly analyticsWorkers: number;
  readonly analyticsTimeoutMs: number;
  readonly aiWorkers: number;
  readonly aiTimeoutMs: number;
  /** For texts, pictures and recordings; undefined = not set up. */
  readonly language: ModelAt | undefined;
  readonly vision: ModelAt | undefined;
  readonly speech: ModelAt | undefined;
}

export type ModelAt = Endpoint & { readonly model: string };

export interface MediaInput {
  /** As the row has it. */
  readonly file: string;
  readonly place: MediaPlace;
}

/** Beside the work itself: reading, keeping the thumbnail. */
const SPARE_MS = 60_000;
const COLUMNS = ['file', 'path', 'url'];

/** The `media` collector. */
export function createMediaCollector(
  config: MediaConfig,
): Collector<MediaInput, MediaOptions, MediaRecord> {
  return {
    name: 'media',
    summary: 'Audio, pictures and texts: facts, loudness, likeness, words, keywords, transcripts.',
    input: z.custom<MediaInput>((value) => typeof value === 'object'),
    options: mediaOptions as z.ZodType<MediaOptions>,
    record: mediaRecord,
    defaults: {
      output: 'row',
      attemptTimeoutMs: config.aiTimeoutMs + config.analyticsTimeoutMs + SPARE_MS,
    },
    columnFor: 'files',
    table: mediaTable,
    plan: planFiles,
    // Held only while the file is looked into: who waits for a model is in nobody's way.
    lanes: () => [ANALYTICS_LANE],
    limits(lane) {
      if (lane === ANALYTICS_LANE) {
        return { concurrency: config.analyticsWorkers, rate: 'none', breaker: false };
      }
      if (!isAiLane(lane)) return undefined;
      return { concurrency: config.aiWorkers, rate: 'learned', breaker: true };
    },
    async *collect({ file, place }, ctx: CollectContext<MediaOptions>) {
      // Loaded with the first file: commands that collect nothing start without it.
      const { collectMedia } = await import('./collect-media.ts');
      yield* collectMedia(file, place, ctx, config);
    },
  };
}

async function* planFiles(source: Source): AsyncGenerator<TaskSeed<MediaInput>> {
  const named = COLUMNS.find((name) => source.columns.includes(name));
  const column = source.column ?? named ?? source.columns[0];
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const value = column === undefined ? row.cells[0] : row.fields[column];
    const file = typeof value === 'string' ? value : String(value ?? '');
    const place = readPlace(file);
    if ('problem' in place) yield { reject: refusal(row.line, place.problem) };
    else yield { input: { file: file.trim(), place }, key: JSON.stringify(place) };
  }
}

function refusal(line: number, problem: string): Failure {
  return {
    class: 'invalid',
    code: 'media.row_invalid',
    message: `Line ${line} names no file: ${problem}.`,
    hint: 'A row has a path, or an address that begins with http.',
  };
}
