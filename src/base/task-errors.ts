/** The part of the error table that belongs to tasks which programs submit themselves. */
import { CONFLICT, type ErrorEntry, MISSING, USAGE } from './error-kinds.ts';

export const TASK_ERRORS = {
  'task.option': {
    ...USAGE,
    sentence: 'The task manager cannot use {what}: {value}.',
    hint: 'docs/task-manager.md lists the options, what they take, and the variables that set them.',
  },
  'task.full': {
    status: 503,
    exit: 7,
    sentence: 'The task manager has {count} tasks waiting and takes no more for now.',
    hint: 'Wait for results before submitting more, use map, which reads items as it goes, or raise waitingMax.',
  },
  'task.closed': {
    ...CONFLICT,
    sentence: 'The task manager was closed.',
    hint: 'Submit before close, or make another one.',
  },
  'task.undefined': {
    ...USAGE,
    sentence: 'No background task is named {name} here.',
    hint: 'Define the name in this process, define(name, function), before submitting or resuming.',
  },
  'task.unknown': {
    ...MISSING,
    sentence: 'There is no background task {id}.',
    hint: 'Ids are what submit answered; those that ended long ago are forgotten.',
  },
  'task.left': {
    ...CONFLICT,
    sentence: 'Background task {id} was left by a process that has gone.',
    hint: 'Define its name and call resume(): it is run again.',
  },
  'task.cancelled': {
    status: 409,
    exit: 8,
    sentence: 'Task {id} was cancelled: {reason}.',
    hint: 'Submit it again if it is wanted after all.',
  },
  'task.timeout': {
    status: 504,
    exit: 1,
    sentence: 'Task {id} was ended after {limit}.',
    hint: 'Raise timeoutMs of the task or of its kind if it really takes longer.',
  },
  'task.deadline': {
    status: 504,
    exit: 1,
    sentence: 'Task {id} was not done by its deadline.',
    hint: 'Give it more time or a higher priority, or allow more of its kind at once.',
  },
  'benchmark.running': {
    ...CONFLICT,
    sentence: 'A benchmark of this machine is under way.',
    hint: 'Look at it: GET /v1/performance/benchmark; start another when it has ended.',
  },
} as const satisfies Record<string, ErrorEntry>;
