/** The dashboard: one page, drawn by the address. */
import { render } from 'preact';
import { findMe, me } from './api.ts';
import { listenToKeys } from './keys.ts';
import { startLive } from './live.ts';
import { Page } from './pages.tsx';
import { listenToAddress } from './router.ts';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { startTheme } from './theme.ts';
import { clock } from './ticking.ts';
import { Skeleton } from './ui/notice.tsx';

function App() {
  if (me.value === undefined) return <Skeleton lines={6} />;
  if (me.value === null) return <SignIn />;
  return (
    <Shell>
      <Page />
    </Shell>
  );
}

startTheme();
listenToAddress();
listenToKeys();
startLive();
render(<App />, document.getElementById('app') as HTMLElement);

/** The server may be away when the page is opened from the browser's memory. */
async function begin(): Promise<void> {
  try {
    await findMe();
  } catch {
    clock.after(2_000, () => void begin());
  }
}
void begin();
