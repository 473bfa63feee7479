/** `npm run build`: puts the dashboard and recorded benchmarks beside the compiled sources. */
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RESULTS } from './main-bench-runs.ts';
import { writeDashboard } from './main-dashboard.ts';

const built = (name: string) => fileURLToPath(new URL(`../dist/${name}/`, import.meta.url));
await cp(RESULTS, built('bench'), { recursive: true });
await writeDashboard(built('dashboard'));
