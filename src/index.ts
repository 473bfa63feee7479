/** What a collector of your own needs: `import { defineCollector, z } from 'sluice'`. */
export { z } from 'zod';
export type { AccountService, HeldAccount, ServiceContext } from './collectors/account-service.ts';
export type {
  CollectContext,
  Collector,
  CollectorDefaults,
  FetchedPage,
  FetchedStream,
  FetchInit,
  KeptReads,
  PlanContext,
  ResultTable,
  Source,
  SourceRow,
} from './collectors/collector.ts';
export { defineCollector } from './collectors/collector.ts';
export type { BackgroundStatus, BackgroundTasks } from './engine/tasks/background.ts';
export type { MapEnd, MapRun } from './engine/tasks/map-run.ts';
export { prometheusText } from './engine/tasks/task-exposition.ts';
export type { TaskManager } from './engine/tasks/task-manager.ts';
export type { KindMetrics, TaskMetrics } from './engine/tasks/task-metrics.ts';
export type { FunctionCost, TaskProfile } from './engine/tasks/task-profiler.ts';
export type {
  BatchOptions,
  Isolation,
  ItemFunction,
  KindLimits,
  MapOptions,
  MapProgress,
  ModuleFunction,
  Profile,
  TaskContext,
  TaskEnd,
  TaskFunction,
  TaskHandle,
  TaskManagerOptions,
  TaskOptions,
  TaskProgress,
  TaskState,
  TaskTracer,
} from './engine/tasks/task-types.ts';
export { type CollectedList, type CollectLeadsOptions, collectLeads } from './main-leads.ts';
export { createBackgroundTasks, createTaskManager } from './main-tasks.ts';
export {
  type UploadBytes,
  type Uploaded,
  type UploadFile,
  type UploadOptions,
  uploadFiles,
} from './main-upload.ts';
export type { AccountNeed, Quota } from './model/account.ts';
export type { Failure, FailureClass } from './model/failure.ts';
export { FailureError } from './model/failure.ts';
export type { FileKeeper, KeptFile, NewFile } from './model/file.ts';
export type { Keep } from './model/kept.ts';
export type { LaneKey, LaneLimits } from './model/lane.ts';
export { hostLane } from './model/lane.ts';
export type { Page, TaskSeed } from './model/task.ts';
