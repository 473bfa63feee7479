/** Good requests for what the dashboard asks for: sessions, keys, how it stands and how it was. */
import type { RouteCase } from './route-cases.ts';

const open = (path: string): RouteCase => ({ status: 200, request: () => ({ path }) });
const ofJob = (rest: string): RouteCase => ({
  status: 200,
  request: ({ jobId }) => ({ path: `/v1/jobs/${jobId}${rest}` }),
});
let count = 0;
const newName = () => {
  count += 1;
  return `key-${count}`;
};

export const PAGE_CASES: Readonly<Record<string, RouteCase>> = {
  listFailures: open('/v1/failures'),
  muteFailures: {
    status: 200,
    request: () => ({
      path: '/v1/failures/mute',
      json: { fingerprint: newName(), forMs: 60_000, why: 'known' },
    }),
  },
  unmuteFailures: {
    status: 204,
    request: () => ({ path: '/v1/failures/unmute', json: { fingerprint: newName() } }),
  },
  listSeats: open('/v1/seats'),
  getOverview: open('/v1/overview'),
  getHistory: open('/v1/history'),
  getJobHistory: ofJob('/history'),
  listLatestAttempts: ofJob('/attempts/latest'),
  listKeptAttempts: ofJob('/attempts'),
  getJobLog: ofJob('/log'),
  getJobInput: ofJob('/input'),
  listJobEvents: ofJob('/events/past'),
  listDestinations: open('/v1/destinations'),
  listDeliveriesOfJob: ofJob('/deliveries'),
  deliverJob: {
    status: 200,
    request: ({ jobId }) => ({ path: `/v1/jobs/${jobId}/deliveries`, json: {} }),
  },
  getLaneHistory: open('/v1/lanes/history'),
  listRecordedBenchmarks: open('/v1/benchmarks'),
  getRecordedBenchmark: { ...open('/v1/benchmarks/2026-11-22-7344425'), shared: true },

  createSession: {
    status: 200,
    request: ({ keys }) => ({
      path: '/v1/session',
      json: { key: keys.read },
      headers: { 'sluice-page': '1' },
    }),
  },
  deleteSession: { status: 204, request: () => ({ path: '/v1/session' }) },
  getMe: open('/v1/me'),
  listKeys: open('/v1/keys'),
  createKey: { status: 201, request: () => ({ path: '/v1/keys', json: { name: newName() } }) },
  deleteKey: {
    status: 204,
    async request({ made }) {
      const { id } = await made('admin', 'POST', '/v1/keys', { name: newName() });
      return { path: `/v1/keys/${id}` };
    },
  },
};
