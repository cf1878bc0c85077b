// A real Godot plays the demonstration's signalling protocol, and the JSON-RPC API. The last line is
// "N passed, N failed".
//   node run.mjs          LOBBYD and GODOT name the programs
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { end, scratchFolder, start } from '../processes.mjs'
import { Services, folder } from '../services.mjs'

const godot = process.env.GODOT ?? 'godot'
const deadline = 180_000

// The engine writes into its project.
function copyOfProject() {
  const copy = scratchFolder('godot')
  cpSync(join(folder, 'godot'), copy, { recursive: true })
  return copy
}

// All lines of its output. A fault in a script neither ends the engine nor changes its status.
async function play(addresses, onLine) {
  const args = ['--headless', '--script', 'res://run.gd', '--', ...addresses.map((address) => `ws://${address}`)]
  const child = start(godot, args, ['ignore', 'pipe', 'pipe'], copyOfProject())
  child.on('error', (error) => onLine(`FAILED  to start: ${error.message}`))
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine)
  const late = setTimeout(() => child.kill(), deadline)
  await once(child, 'close')
  clearTimeout(late)
}

const services = new Services()
let passed = 0
let failed = 0
let done = false

function account(line) {
  console.log(line)
  if (line.startsWith('ok ')) passed += 1
  if (/^FAILED |SCRIPT ERROR/.test(line)) failed += 1
  if (line === 'done') done = true
}

try {
  await services.broker()
  await play(await Promise.all([services.daemon(), services.daemon()]), account)
  if (!done) account('FAILED  to come to the end')
} catch (error) {
  account(`FAILED  to start: ${error.message}`)
}
console.log(`${passed} passed, ${failed} failed`)
await end(failed === 0 && passed > 0 ? 0 : 1)
