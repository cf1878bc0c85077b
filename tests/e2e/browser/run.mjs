// Two pages of a real browser open a data channel through the daemon and greet each other. The last line is
// "N passed, N failed".
//   node run.mjs          LOBBYD and CHROMIUM name the programs
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { runCase, sum, within } from '../cases.mjs'
import { end } from '../processes.mjs'
import { Services, folder } from '../services.mjs'
import { Chromium } from './chromium.mjs'

const files = new Map([
  ['/', ['browser/page.html', 'text/html']],
  ['/trace.js', ['browser/trace.js', 'text/javascript']],
  ['/signal_peer.js', ['browser/signal_peer.js', 'text/javascript']],
  ['/peerjs_peer.js', ['browser/peerjs_peer.js', 'text/javascript']],
  ['/peerjs.min.js', ['node_modules/peerjs/dist/peerjs.min.js', 'text/javascript']],
])

async function servePages() {
  const server = createServer((request, response) => {
    const [path, type] = files.get(request.url) ?? []
    if (path) response.setHeader('Content-Type', type).end(readFileSync(join(folder, path)))
    else response.writeHead(404).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const patience = 20_000 // ms

const services = new Services()
const pages = await servePages()
const chromium = new Chromium()
const pageUrl = `http://127.0.0.1:${pages.address().port}/`

// The course with two fresh pages, which are gone after it, and tell what they saw if it fails.
async function withPages(course) {
  const opened = await Promise.all([chromium.open(pageUrl), chromium.open(pageUrl)])
  try {
    await within(patience, course(...opened))
  } catch (error) {
    const traces = await Promise.all(opened.map((page) => page.call('readTrace')))
    throw new Error([error.message, ...traces].join('\n\n'))
  } finally {
    await Promise.all(opened.map((page) => page.close()))
  }
}

function greetBySignal(mode, first, second) {
  return () =>
    withPages(async (one, two) => {
      const room = `room-${Math.random().toString(36).slice(2)}`
      const greet = (page, address, greeting) =>
        page.call('greetBySignal', { url: `ws://${address}/ws`, room, mode, greeting })
      const [a, b] = await Promise.all([greet(one, first, 'from one'), greet(two, second, 'from two')])
      assert.deepEqual([a.heard, b.heard], ['from two', 'from one'])
      assert.deepEqual([a.from, b.from], [b.id, a.id])
      if (mode === 'host') assert.equal(Math.min(a.id, b.id), 1)
    })
}

function openPeer(page, address, greeting, id) {
  const [host, port] = address.split(':')
  return page.call('openPeer', { id, host, port: Number(port), greeting })
}

async function greetByPeerJs(one, two, ids) {
  const [a, b] = await Promise.all([
    one.call('callPeer', { to: ids[1], greeting: 'from one' }),
    two.call('answerPeer'),
  ])
  assert.deepEqual(a, { from: ids[1], heard: 'from two' })
  assert.deepEqual(b, { from: ids[0], heard: 'from one' })
}

// One chooses its id, the other takes what the server gives.
function openAndGreet(first, second, between = async () => {}) {
  return () =>
    withPages(async (one, two) => {
      const ids = await Promise.all([openPeer(one, first, '', 'the-first'), openPeer(two, second, 'from two')])
      assert.equal(ids[0], 'the-first')
      await between(one, two, ids)
      await greetByPeerJs(one, two, ids)
      await Promise.all([one.call('destroyPeer'), two.call('destroyPeer')])
    })
}

async function reopenBoth(one, two, ids) {
  assert.deepEqual(await Promise.all([one.call('reopenPeer'), two.call('reopenPeer')]), ids)
}

function openTakenId(first, second) {
  return () =>
    withPages(async (one, two) => {
      await openPeer(one, first, '', 'taken')
      await assert.rejects(openPeer(two, second, '', 'taken'), /unavailable-id/)
    })
}

function callNobody(address) {
  return () =>
    withPages(async (one) => {
      await openPeer(one, address, '', 'alone')
      await assert.rejects(one.call('callPeer', { to: 'nobody', greeting: '' }), /peer-unavailable/)
    })
}

let status = 1
try {
  await services.broker()
  const [a, b] = await Promise.all([services.daemon(), services.daemon()])
  console.log(await chromium.version())
  for (const mode of ['mesh', 'host']) {
    await runCase(`signal.* in ${mode} mode on one instance`, greetBySignal(mode, a, a))
    await runCase(`signal.* in ${mode} mode on two instances`, greetBySignal(mode, a, b))
  }
  await runCase('peerjs on one instance', openAndGreet(a, a))
  await runCase('peerjs on two instances', openAndGreet(a, b))
  await runCase('peerjs on two instances, with ids taken up again', openAndGreet(a, b, reopenBoth))
  await runCase('peerjs: an id that is taken, on one instance', openTakenId(a, a))
  await runCase('peerjs: an id that is taken, on two instances', openTakenId(a, b))
  await runCase('peerjs: nobody has the id', callNobody(a))
  status = sum()
} catch (error) {
  console.log(`FAILED  to start: ${error.message}`)
  console.log('0 passed, 1 failed')
}
await end(status)
