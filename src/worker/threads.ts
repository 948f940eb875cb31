/** What is done in threads beside the event loop: the tasks by name. Bundled apart, so it loads nothing else. */
import { quoteTask, simulationTask } from '#contracts/office/loan-quote-tasks.ts'
import { contractTask } from '#contracts/office/sale-contract-task.ts'
import { serveTasks } from '#platform/work/thread-tasks.ts'

serveTasks([quoteTask, simulationTask, contractTask])
