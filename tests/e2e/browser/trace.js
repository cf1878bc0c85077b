// In the page, before all else: keeps a line for each frame of its WebSockets and each turn of its peer connections,
// for the report of a case that fails.
'use strict'

const trace = []
const began = Date.now()

function note(what) {
  trace.push(`+${Date.now() - began} ms ${what}`)
}

window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args)
    note(`WebSocket ${this.url}`)
    this.addEventListener('message', ({ data }) => note(`< ${data}`))
    this.addEventListener('close', ({ code, reason }) => note(`closed ${code} ${reason}`))
  }

  send(data) {
    note(`> ${data}`)
    super.send(data)
  }
}

window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) {
    super(...args)
    this.addEventListener('signalingstatechange', () => note(`signalling ${this.signalingState}`))
    this.addEventListener('iceconnectionstatechange', () => note(`ICE ${this.iceConnectionState}`))
    this.addEventListener('connectionstatechange', () => note(`connection ${this.connectionState}`))
  }
}

function readTrace() {
  return trace.map((line) => line.slice(0, 200)).join('\n')
}
