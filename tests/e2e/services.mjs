// A Mosquitto, and daemons on it, for as long as the tests run. LOBBYD names the daemon's binary.
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { scratchFolder, start } from './processes.mjs'

export const folder = fileURLToPath(new URL('.', import.meta.url))

const binary = process.env.LOBBYD ?? join(folder, '../../build/release/lobbyd')
const startWithin = 20_000
const logLines = 60

async function answers(socketPath) {
  const socket = connect(socketPath)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export class Services {
  #scratch = scratchFolder('e2e')
  #socket = join(this.#scratch, 'broker')
  #logs = []

  #start(program, args) {
    const child = start(program, args, ['ignore', 'pipe', 'pipe'])
    child.on('error', (error) => this.#note(error.message))
    createInterface({ input: child.stderr }).on('line', (line) => this.#note(line))
    return child
  }

  #note(line) {
    this.#logs.push(line)
    if (this.#logs.length > logLines) this.#logs.shift()
  }

  async broker() {
    const config = join(this.#scratch, 'mosquitto.conf')
    // Mosquitto gives up root for a user of its own, who may not write here.
    const lines = [`listener 0 ${this.#socket}`, 'allow_anonymous true', `user ${userInfo().username}`]
    writeFileSync(config, lines.join('\n') + '\n')
    process.env.PATH += ':/usr/sbin:/usr/local/sbin'
    this.#start('mosquitto', ['-c', config])
    for (const end = Date.now() + startWithin; !(await answers(this.#socket)); await wait(20)) {
      if (Date.now() > end) throw new Error(`Mosquitto does not start:\n${this.log()}`)
    }
  }

  // The address of a new daemon's listener, as http: or ws: may begin it: 127.0.0.1:PORT.
  async daemon(config = '') {
    const data = mkdtempSync(join(this.#scratch, 'daemon-'))
    const file = join(data, 'lobbyd.toml')
    writeFileSync(file, config)
    const child = this.#start(binary, [
      ...['--config', file, '--broker', `unix://${this.#socket}`, '--listen', '127.0.0.1:0', '--no-admin'],
      ...['--data-dir', data],
    ])
    const lines = createInterface({ input: child.stdout })
    const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close'), wait(startWithin, [])])
    const [, address] = /listen=ws:\/\/([^/]+)\/ws/.exec(line) ?? []
    if (!address) throw new Error(`${binary} does not start:\n${this.log()}`)
    return address
  }

  log() {
    return this.#logs.join('\n')
  }
}
