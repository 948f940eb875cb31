/** Processor seconds that processes have used so far, to say what bounds a figure and what a thing costs on a busy machine. */
import { readdirSync, readFileSync } from 'node:fs'
import { postmasterOf } from '#test/processes.ts'

/** Linux counts in hundredths of a second. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly parent: number
  /** Of itself and of its children that have ended. */
  readonly seconds: number
}

/** Null where the system has no /proc, or the process has ended. */
function statOf(pid: number | string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND }
  } catch {
    return null
  }
}

/** Of one process. */
export const processorSeconds = (pid: number): number => statOf(pid)?.seconds ?? 0

/** Of the embedded PostgreSQL in a data folder, with all its processes. */
export function postgresSeconds(folder: string): number {
  const postmaster = postmasterOf(folder) ?? 0
  const processes = statOf(postmaster) ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  const children = processes.map(statOf).filter((stat) => stat?.parent === postmaster)
  return children.reduce((sum, stat) => sum + stat!.seconds, processorSeconds(postmaster))
}
