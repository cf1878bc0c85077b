// Child processes and scratch folders, which are gone at the end, also at that by a signal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const children = []
const folders = []

// Each in a process group of its own, for it may have children itself.
export function start(program, args, stdio, cwd = undefined) {
  const child = spawn(program, args, { stdio, cwd, detached: true })
  children.push(child)
  return child
}

export function scratchFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `lobbyd-${name}-`))
  folders.push(folder)
  return folder
}

function isAlive(child) {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

// What was killed with its parent may have written in the folder since it was listed.
async function remove(folder) {
  for (let tries = 1; ; tries += 1) {
    try {
      return rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (tries === 50) throw error
      await wait(20)
    }
  }
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // it has ended, and the news are on their way
  }
}

// Ends this process, too.
export async function end(status) {
  const alive = children.filter(isAlive)
  const ended = alive.map((child) => once(child, 'exit'))
  alive.forEach(killGroup)
  await Promise.all(ended)
  await Promise.all(folders.map(remove))
  process.exit(status)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => end(1))
