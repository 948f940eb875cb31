/** Running a job by its name, now. */
import { z } from 'zod'
import * as field from '#contracts/office/answer-fields.ts'
import type { Door } from '#platform/context.ts'
import { runJobNow } from '#platform/work/jobs.ts'
import type { Answer, Operation } from '#platform/http/route.ts'

export const runJob: Operation = {
  id: 'runJob',
  section: 'Jobs',
  summary: 'Run a job now',
  description:
    'For example close-of-business. What of it had fallen due and was not run yet, runs first. Running it again does nothing twice.',
  transaction: 'own',
  params: z.object({ name: z.string().regex(/^[a-z-]{1,60}$/) }),
  answers: {
    200: {
      description: 'How the run ended',
      schema: z.object({
        ...{ job: z.string(), day: field.day, fire_at: field.instant, status: z.enum(['done', 'failed']) },
        error: z.string().nullable(),
        result: z.record(z.string(), z.number()).meta({ description: 'What it counted' }),
      }),
      example: {
        job: 'close-of-business',
        day: '2026-02-15',
        fire_at: '2026-02-15T21:10:00.000Z',
        status: 'done',
        error: null,
        result: { loans: 12, loans_earned: 1, overdue: 0, differences: 0 },
      },
    },
  },
  async handle(door: Door, { params }: { params: { name: string } }): Promise<Answer> {
    const { job, day, fireAt, status, error, result } = await runJobNow(door.services, door.org, params.name)
    return { status: 200, body: { job, day, fire_at: fireAt.toISOString(), status, error, result } }
  },
}
