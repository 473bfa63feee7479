/** What one website yields. Every value says where it was found, how, and how sure that is. */
import { z } from 'zod';

const found = {
  /** URL of the page. */
  source: z.string(),
  method: z.string(),
  /** In [0, 1]. */
  confidence: z.number(),
};

export const foundValue = z.object({ value: z.string(), ...found });
export const foundPhone = z.object({
  /** E.164. */
  value: z.string(),
  extension: z.string(),
  kind: z.enum(['phone', 'fax']),
  country: z.string(),
  raw: z.string(),
  ...found,
});
export const foundSocial = z.object({
  network: z.string(),
  kind: z.enum(['company', 'person', 'profile']),
  value: z.string(),
  ...found,
});
export const foundAddress = z.object({
  value: z.string(),
  street: z.string(),
  city: z.string(),
  state: z.string(),
  postalCode: z.string(),
  country: z.string(),
  ...found,
});

export const contactRecord = z.object({
  /** As it was reached, after redirects. */
  website: z.string(),
  title: z.string(),
  company: foundValue.optional(),
  description: foundValue.optional(),
  emails: z.array(foundValue),
  phones: z.array(foundPhone),
  socials: z.array(foundSocial),
  addresses: z.array(foundAddress),
  hours: z.array(foundValue),
  /** URLs of the pages that were read. */
  pages: z.array(z.string()),
  /** What could not be read beside them, in a sentence each. */
  notes: z.array(z.string()),
});

export type ContactRecord = z.output<typeof contactRecord>;
export type FoundValue = z.output<typeof foundValue>;
