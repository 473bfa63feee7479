/** The collector of audio, pictures and texts as the settings have it. */
import { createMediaCollector, type MediaConfig, type ModelAt } from './collectors/media/media.ts';
import type { Settings } from './model/settings.ts';

/** `own`: whether the user who names the files is the one who started this process. */
export function mediaCollector(settings: Settings, cwd: string, own: { any: boolean }) {
  const modelAt = (baseUrl: string, model: string): ModelAt | undefined =>
    baseUrl === ''
      ? undefined
      : { baseUrl, model, apiKey: settings.llmApiKey, timeoutMs: settings.aiTimeoutMs };
  const { llmBaseUrl, llmModel } = settings;
  const config: MediaConfig = {
    files: {
      cwd,
      from: settings.mediaFrom,
      get any() {
        return own.any;
      },
    },
    bytesMax: settings.mediaBytesMax,
    pixelsMax: settings.imagePixelsMax,
    analyticsWorkers: settings.analyticsWorkers,
    analyticsTimeoutMs: settings.analyticsTimeoutMs,
    aiWorkers: settings.aiWorkers,
    aiTimeoutMs: settings.aiTimeoutMs,
    language: modelAt(llmBaseUrl, llmModel),
    vision: modelAt(llmBaseUrl, settings.visionModel || llmModel),
    speech: modelAt(settings.transcriptionUrl || llmBaseUrl, settings.transcriptionModel),
  };
  return createMediaCollector(config);
}
