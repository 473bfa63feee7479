/** A good request to each route of limits, and of what is in use of them. */
import type { RouteCase } from './route-cases.ts';

const PATH = '/v1/lanes/host%3Aslow.example/limit';

export const LIMIT_CASES: Readonly<Record<string, RouteCase>> = {
  listLanes: { status: 200, request: () => ({ path: '/v1/lanes' }) },
  listSettings: { status: 200, request: () => ({ path: '/v1/settings' }) },
  listSetLimits: { status: 200, request: () => ({ path: '/v1/lanes/limits' }) },
  previewLimit: { status: 200, request: () => ({ path: `${PATH}/preview`, json: {} }) },
  setLimit: { status: 200, request: () => ({ path: PATH, json: { perSecond: 2.5 } }) },
  resetLimit: { status: 204, request: () => ({ path: PATH }) },
};
