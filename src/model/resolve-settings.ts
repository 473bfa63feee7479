/**
 * Turns the sources of settings into one frozen, complete value, remembering where each came
 * from.
 */
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { SETTINGS, type SettingName, type Settings } from './settings.ts';

/** Where a value came from: `default`, `file sluice.json`, `env MAX_WORKERS`, `flag --retries`. */
export interface SettingOrigin {
  readonly source: string;
  readonly raw: unknown;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
}

export interface SettingSources {
  /** Parsed configuration file. Unknown names are refused. */
  readonly file?: { readonly path: string; readonly values: Readonly<Record<string, unknown>> };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By setting name; undefined = not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** A setting as people are shown it. */
export interface ShownSetting {
  readonly name: SettingName;
  /** As it was written; a secret only as `(set)`. */
  readonly value: string;
  readonly source: string;
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** Rejects with `settings.unknown` or `settings.invalid`, naming the source. */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  for (const name of Object.keys(sources.file?.values ?? {})) {
    if (name in SETTINGS) continue;
    const near = nearest(name, NAMES);
    throw new SluiceError('settings.unknown', {
      name,
      source: sources.file?.path ?? 'file',
      suggestion: near ? `Did you mean ${near}?` : '`sluice config print` lists all settings.',
    });
  }
  const settings: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const name of NAMES) {
    const origin = originOf(name, sources);
    const parsed = SETTINGS[name].schema.safeParse(origin.raw);
    if (!parsed.success) {
      throw new SluiceError('settings.invalid', {
        name,
        value: SETTINGS[name].secret ? '(secret)' : JSON.stringify(origin.raw),
        detail: parsed.error.issues.map((issue) => issue.message).join('; '),
        source: origin.source,
      });
    }
    settings[name] = parsed.data;
    origins[name] = origin;
  }
  return {
    settings: Object.freeze(settings) as Settings,
    origins: Object.freeze(origins) as Record<SettingName, SettingOrigin>,
  };
}

/** Every setting with its value and where it comes from, without the secrets. */
export function shownSettings({ origins }: ResolvedSettings): readonly ShownSetting[] {
  return NAMES.map((name) => {
    const { source, raw } = origins[name];
    const value = SETTINGS[name].secret === true && raw !== '' ? '(set)' : String(raw);
    return { name, value, source };
  });
}

function originOf(name: SettingName, sources: SettingSources): SettingOrigin {
  const flag = sources.flags?.[name];
  if (flag !== undefined) return { source: 'flag', raw: flag };
  for (const variable of SETTINGS[name].env) {
    const value = sources.env[variable];
    if (value !== undefined && value !== '') return { source: `env ${variable}`, raw: value };
  }
  const file = sources.file;
  if (file && name in file.values) return { source: `file ${file.path}`, raw: file.values[name] };
  return { source: 'default', raw: SETTINGS[name].default };
}
