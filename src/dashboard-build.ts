/** `npm run build`: puts the dashboard beside the compiled sources. */
import { fileURLToPath } from 'node:url';
import { writeDashboard } from './main-dashboard.ts';

await writeDashboard(fileURLToPath(new URL('../dist/dashboard/', import.meta.url)));
