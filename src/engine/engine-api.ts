/** What an engine can be asked for, whether it is alone or one of several over one store. */
import type { Engine } from './engine.ts';

type Inner = 'join' | 'runs' | 'admission' | 'laneBook' | 'kick';

export type EngineApi = Omit<Pick<Engine, keyof Engine>, Inner>;
