/** The part of the error table that is about audio, pictures and texts. */
import { type ErrorEntry, ROW } from './error-kinds.ts';

export const MEDIA_ERRORS = {
  'media.file': {
    ...ROW,
    sentence: 'The file {path} cannot be read: {detail}.',
    hint: 'Check the path, its owner and permissions; mediaBytesMax is the largest size.',
  },
  'media.not_allowed': {
    ...ROW,
    sentence: 'The file {path} is in no directory that may be read.',
    hint: 'Add its directory to mediaFrom (SLUICE_MEDIA_FROM) where the work is done.',
  },
} satisfies Record<string, ErrorEntry>;
