// A headless Chromium, driven by the DevTools protocol over a pair of pipes: no port, and no library.
import { scratchFolder, start } from '../processes.mjs'

const program = process.env.CHROMIUM ?? 'chromium'

const flags = [
  '--headless',
  '--remote-debugging-pipe',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Both pages of a case are at work; none is in the background.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  // ICE works on a machine without a network, and without a multicast DNS.
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
]

class Page {
  constructor(chromium, target, session) {
    this.chromium = chromium
    this.target = target
    this.session = session
  }

  // What `expression` comes to, once it is settled if it is a promise.
  async evaluate(expression) {
    const params = { expression, awaitPromise: true, returnByValue: true }
    const answer = await this.chromium.call('Runtime.evaluate', params, this.session)
    if (answer.exceptionDetails) {
      const { exception, text } = answer.exceptionDetails
      throw new Error(exception?.description ?? exception?.value ?? text)
    }
    return answer.result.value
  }

  // One of the page's own functions, with one argument.
  call(name, argument = {}) {
    return this.evaluate(`${name}(${JSON.stringify(argument)})`)
  }

  close() {
    return this.chromium.call('Target.closeTarget', { targetId: this.target })
  }
}

export class Chromium {
  #child
  #ended
  #calls = new Map()
  #count = 0
  #loads = new Map()
  #rest = ''

  constructor() {
    // The sandbox does not work for root.
    const own = [`--user-data-dir=${scratchFolder('chromium')}`, ...(process.getuid() === 0 ? ['--no-sandbox'] : [])]
    this.#child = start(program, [...flags, ...own], ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'])
    this.#child.on('error', (error) => this.#end(error))
    this.#child.on('exit', (code, signal) => this.#end(new Error(`${program} ended: ${signal ?? code}`)))
    this.#child.stdio[3].on('error', () => {})
    this.#child.stdio[4].setEncoding('utf8').on('data', (text) => this.#read(text))
  }

  // Messages are JSON, each with a NUL behind it.
  #read(text) {
    const messages = (this.#rest + text).split('\0')
    this.#rest = messages.pop()
    for (const message of messages) this.#receive(JSON.parse(message))
  }

  #receive({ id, result, error, method, sessionId }) {
    if (method === 'Page.loadEventFired') this.#loads.get(sessionId)?.()
    const call = this.#calls.get(id)
    if (!call) return
    this.#calls.delete(id)
    if (error) call.reject(new Error(error.message))
    else call.resolve(result)
  }

  #end(error) {
    this.#ended ??= error
    for (const call of this.#calls.values()) call.reject(error)
    this.#calls.clear()
  }

  call(method, params = {}, sessionId = undefined) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended)
      const id = ++this.#count
      this.#calls.set(id, { resolve, reject })
      this.#child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0')
    })
  }

  version() {
    return this.call('Browser.getVersion').then(({ product }) => product)
  }

  // A page in a context of its own, loaded.
  async open(url) {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true })
    await this.call('Page.enable', {}, sessionId)
    const loaded = new Promise((resolve) => this.#loads.set(sessionId, resolve))
    const { errorText } = await this.call('Page.navigate', { url }, sessionId)
    if (errorText) throw new Error(`${url}: ${errorText}`)
    await loaded
    this.#loads.delete(sessionId)
    return new Page(this, targetId, sessionId)
  }
}
