// In the page: a peer that finds others through the API's signal.*, and greets each over a data channel.
'use strict'

class Rpc {
  #socket
  #calls = new Map()
  #count = 0

  constructor(url, onNotification) {
    this.#socket = new WebSocket(url, 'lobbyd.v1')
    this.#socket.onmessage = ({ data }) => {
      const message = JSON.parse(data)
      if (message.method) onNotification(message.method, message.params)
      else this.#settle(message)
    }
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = resolve
      this.#socket.onclose = ({ code, reason }) => {
        const error = new Error(`closed with ${code} ${reason}`)
        reject(error)
        for (const call of this.#calls.values()) call.reject(error)
      }
    })
  }

  #settle({ id, result, error }) {
    const { resolve, reject } = this.#calls.get(id)
    this.#calls.delete(id)
    if (error) reject(new Error(`${error.code}: ${error.message}`))
    else resolve(result)
  }

  call(method, params) {
    return new Promise((resolve, reject) => {
      const id = ++this.#count
      this.#calls.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }
}

// The connection to one other peer. Of two, the one with the greater id makes the offer.
class Link {
  constructor(send, offers, onChannel) {
    this.send = send
    this.connection = new RTCPeerConnection()
    this.connection.onicecandidate = ({ candidate }) => candidate && this.send('candidate', candidate.toJSON())
    if (offers) {
      onChannel(this.connection.createDataChannel('greetings'))
      this.#describe('offer')
    } else {
      this.connection.ondatachannel = ({ channel }) => onChannel(channel)
    }
  }

  async #describe(type) {
    await this.connection.setLocalDescription()
    await this.send(type, this.connection.localDescription.toJSON())
  }

  async receive(type, data) {
    if (type === 'candidate') return this.connection.addIceCandidate(data)
    await this.connection.setRemoteDescription(data)
    if (type === 'offer') await this.#describe('answer')
  }
}

// Settled once another peer's greeting is here: {id, mode of the room's host, from, heard}.
async function greetBySignal({ url, room, mode, greeting }) {
  const links = new Map()
  let own
  let greeted
  const heard = new Promise((resolve) => (greeted = resolve))
  const link = (id) => {
    if (!links.has(id)) {
      const send = (type, data) => rpc.call('signal.send', { room, to: id, type, data })
      links.set(id, new Link(send, own.peer_id > id, (channel) => {
        channel.onmessage = ({ data }) => greeted({ id: own.peer_id, host: own.host, from: id, heard: data })
        channel.onopen = () => channel.send(greeting)
      }))
    }
    return links.get(id)
  }
  // One after the other, and none before the answer to signal.join.
  let before
  const rpc = new Rpc(url, (method, params) => {
    before = before.then(() => {
      if (method === 'signal.peer' && params.event === 'joined') link(params.peer_id)
      if (method === 'signal.message') return link(params.from).receive(params.type, params.data)
    })
  })
  await rpc.opened
  await rpc.call('connect', {})
  const joined = rpc.call('signal.join', { room, mode })
  before = joined.then((answer) => {
    own = answer
    for (const { peer_id } of own.peers) link(peer_id)
  })
  await joined
  return Promise.race([heard, failure(() => before)])
}

// Rejects when the chain of what has been received so far does; never settles otherwise.
function failure(chain) {
  return new Promise((_, reject) => {
    const look = () => chain().then(() => setTimeout(look, 50), reject)
    look()
  })
}
