import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isShownUrl, shownUrl, withoutUrlSecrets } from './webhook-url.ts';

const CHAT = 'https://hooks.example.com/services/T024BE7LD/B0G9Q8XYZ/f3Kq81LmPz02aVcX9tRw7YbE';
const WORDS = 'https://example.com/hooks/job-ended-notification?team=sales&token=pw-1%2F2&v=2';

describe('the address of a webhook', () => {
  it('is shown without what may be a key', () => {
    assert.equal(shownUrl(CHAT), 'https://hooks.example.com/services/T024BE7LD/B0G9Q8XYZ/•••');
    assert.equal(
      shownUrl(WORDS),
      'https://example.com/hooks/job-ended-notification?team=sales&token=•••&v=2',
    );
    assert.equal(shownUrl('http://10.0.0.1:8080/v2/done'), 'http://10.0.0.1:8080/v2/done');
    assert.ok(isShownUrl(shownUrl(CHAT)) && isShownUrl(new URL(shownUrl(WORDS)).href));
    assert.ok(!isShownUrl(CHAT) && !isShownUrl(WORDS));
  });

  it('is hidden in what others say of it', () => {
    const said = `cannot reach ${WORDS}: no pw-1/2 or pw-1%2F2, sales 2`;
    assert.equal(
      withoutUrlSecrets(said, WORDS),
      `cannot reach ${shownUrl(WORDS)}: no ••• or •••, sales 2`,
    );
  });
});
