import { z } from 'zod';

const yes = z.stringbool().or(z.boolean());

export const mediaOptions = z.object({
  ocr: yes.default(true).describe('read text in pictures, here (English letters)'),
  thumbnails: yes.default(true).describe('keep a small JPEG of each picture'),
  similar: yes.default(true).describe('find pictures of the tenant that look alike'),
  transcribe: yes.default(true).describe('write down recordings, where an endpoint is set up'),
  caption: yes.default(true).describe('describe pictures, where an endpoint is set up'),
  translateTo: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, 'not a language such as en or pt-BR')
    .optional()
    .describe('translate texts and transcripts into this language, such as en'),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}$/, 'not a language such as en')
    .optional()
    .describe('language that is spoken in recordings; otherwise the endpoint finds out'),
});
export type MediaOptions = z.output<typeof mediaOptions>;
