/** A field of a form with its label and what it means. */
import type { ComponentChildren } from 'preact';

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly help?: string | undefined;
  readonly children: ComponentChildren;
}

export function Field({ id, label, help, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {help === undefined ? null : (
        <p class="quiet small" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/** Of a submitted form, as texts. */
export function textsOf(event: SubmitEvent): Readonly<Record<string, string>> {
  event.preventDefault();
  const entries = [...new FormData(event.currentTarget as HTMLFormElement)];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

export function NotAllowed({ needs }: { readonly needs: string }) {
  return (
    <div class="empty">
      <p>Your key may not see this: it needs {needs}.</p>
      <p class="quiet">
        The owner of the server{needs.includes('server') ? '' : ', or an admin of your tenant,'} can
        give you such a key: under Settings, or by <code>sluice keys create</code>.
      </p>
    </div>
  );
}
