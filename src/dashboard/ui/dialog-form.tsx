/** A form in a window: what it sends, what went wrong with it, and its one button. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Dialog } from './dialog.tsx';
import { textsOf } from './field.tsx';
import { Trouble } from './notice.tsx';

export type Texts = Readonly<Record<string, string>>;

interface DialogFormProps {
  readonly title: string;
  /** On the button. */
  readonly act: string;
  /** Sends it; the window closes once that is done (but for `stay`), and says what was refused. */
  readonly send: (texts: Texts) => Promise<unknown>;
  /** What is shown anew afterwards. */
  readonly then: () => Promise<unknown>;
  readonly onClose: () => void;
  /** Told of every change, with all texts; what it throws is said. */
  readonly look?: (texts: Texts) => Promise<void>;
  readonly children: ComponentChildren;
}

export function DialogForm(props: DialogFormProps) {
  const { title, act, send, then, onClose, look, children } = props;
  const error = useSignal<unknown>(undefined);
  const trying = async (what: () => Promise<void>) => {
    try {
      await what();
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          const texts = textsOf(event);
          void trying(async () => {
            if ((await send(texts)) !== 'stay') onClose();
            await then();
          });
        }}
        onChange={
          look &&
          (({ currentTarget }) => {
            const entries = [...new FormData(currentTarget)];
            const texts = entries.map(([name, value]) => [name, String(value)] as const);
            void trying(() => look(Object.fromEntries(texts)));
          })
        }
      >
        {children}
        <Trouble error={error.value} />
        <p class="buttons end">
          <button type="submit" class="main">
            {act}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
