/** Nobody is signed in: a key opens the page, and is kept where no script can read it. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { signIn } from './api.ts';
import { Trouble } from './ui/notice.tsx';

export function SignIn() {
  const id = useId();
  const error = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const key = String(new FormData(form).get('key') ?? '').trim();
    if (key === '') return;
    busy.value = true;
    try {
      await signIn(key);
    } catch (thrown) {
      error.value = thrown;
    } finally {
      busy.value = false;
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>Sign in to Sluice</h1>
        <label for={id}>Key</label>
        <input id={id} name="key" type="password" autocomplete="current-password" required />
        <Trouble error={error.value} />
        <button type="submit" class="main" disabled={busy.value}>
          {busy.value ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="quiet">
          The server printed an admin key at its first start. More are made by{' '}
          <code>sluice keys create NAME</code>, or by an admin of your tenant under Settings.
        </p>
      </form>
    </main>
  );
}
