import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SequencedEvent } from '../../model/event.ts';
import { LatestNotes } from './latest-notes.ts';

function note(seq: number, text: string, atMs: number): SequencedEvent {
  return { type: 'task.note', jobId: 'j', seq, note: text, seqNo: atMs, atMs };
}

describe('the latest notes', () => {
  it('are one a task, in the order of the rows, the last to speak if there is little room', () => {
    const notes = new LatestNotes();
    notes.apply(note(5, 'five', 1));
    notes.apply(note(2, 'two', 2));
    notes.apply(note(9, 'nine', 3));
    notes.apply(note(5, 'five again', 4));
    assert.deepEqual(notes.lines(10, 5), ['two', 'five again', 'nine']);
    assert.deepEqual(notes.lines(10, 2), ['five again', 'nine']);
  });

  it('are gone with a failure and with silence', () => {
    const notes = new LatestNotes();
    notes.apply(note(1, 'one', 0));
    notes.apply(note(2, 'two', 15_000));
    notes.apply(note(3, 'three', 15_000));
    const failure = { class: 'gone', code: 'x', message: 'y' } as const;
    notes.apply({
      type: 'task.failed',
      jobId: 'j',
      seq: 3,
      attemptNo: 1,
      failure,
      final: true,
      seqNo: 9,
      atMs: 15_001,
    });
    assert.deepEqual(notes.lines(21_000, 5), ['two']);
    assert.deepEqual(notes.lines(60_000, 5), []);
  });
});
