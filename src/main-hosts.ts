import type { Settings } from './model/settings.ts';

/** Hosts that may be asked whatever their address is: what their owner names is often near. */
export function allowedHosts(settings: Settings): readonly string[] {
  const { llmBaseUrl, telegramPreviewUrl, transcriptionUrl, xBaseUrl } = settings;
  const named = [llmBaseUrl, telegramPreviewUrl, transcriptionUrl, xBaseUrl];
  return [...settings.allowHosts, ...named.flatMap((url) => URL.parse(url)?.host ?? [])];
}
