/** Which page an address means. Those that are not the first are loaded when they are come to. */

import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { JobPage } from './pages/job.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { NowPage } from './pages/now.tsx';
import { path } from './router.ts';
import { Skeleton } from './ui/notice.tsx';
import { Title } from './ui/title.tsx';

const LATER: Readonly<Record<string, () => Promise<ComponentType>>> = {
  '/failures': async () => (await import('./pages/failures.tsx')).FailuresPage,
  '/limits': async () => (await import('./pages/limits.tsx')).LimitsPage,
  '/accounts': async () => (await import('./pages/accounts.tsx')).AccountsPage,
  '/collections': async () => (await import('./pages/collections.tsx')).CollectionsPage,
  '/leads': async () => (await import('./pages/leads.tsx')).LeadsPage,
  '/channels': async () => (await import('./pages/channels.tsx')).ChannelsPage,
  '/schedules': async () => (await import('./pages/schedules.tsx')).SchedulesPage,
  '/new': async () => (await import('./pages/new-job.tsx')).NewJobPage,
  '/performance': async () => (await import('./pages/performance.tsx')).PerformancePage,
  '/bench': async () => (await import('./pages/bench.tsx')).BenchPage,
  '/nodes': async () => (await import('./pages/nodes.tsx')).NodesPage,
  '/settings': async () => (await import('./pages/settings.tsx')).SettingsPage,
};

export function Page() {
  const here = path.value;
  const job = /^\/jobs\/([^/]+)$/.exec(here)?.[1];
  if (here === '/') return <NowPage />;
  if (here === '/jobs') return <JobsPage />;
  if (job !== undefined) return <JobPage key={job} id={decodeURIComponent(job)} />;
  const load = LATER[here];
  if (load === undefined) return <NoPage />;
  return <Later key={here} load={load} />;
}

function Later({ load }: { readonly load: () => Promise<ComponentType> }) {
  const loaded = useSignal<{ readonly Shown: ComponentType } | undefined>(undefined);
  const failed = useSignal(false);
  useEffect(() => {
    load().then(
      (Shown) => {
        loaded.value = { Shown };
      },
      () => {
        failed.value = true;
      },
    );
  }, [load, loaded, failed]);
  if (failed.value) {
    return (
      <Title
        text="This page cannot be loaded: the server does not answer, or is a newer one. Load it again."
        page="Away"
      />
    );
  }
  if (loaded.value === undefined) return <Skeleton lines={8} />;
  const { Shown } = loaded.value;
  return <Shown />;
}

function NoPage() {
  return (
    <>
      <Title text="There is no such page." page="Nothing here" />
      <p>
        <a href="/">Now</a> says what runs.
      </p>
    </>
  );
}
