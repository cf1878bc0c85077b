// In the page: a peer of the unmodified npm package `peerjs`, which stays open from one call to the next.
'use strict'

let peer
let answered

// Without an id the server gives one. Resolves to the id. Who calls is greeted at once: what it sends before somebody
// listens is lost.
function openPeer({ id, host, port, greeting }) {
  const options = { host, port, path: '/', config: { iceServers: [] } }
  peer = id ? new Peer(id, options) : new Peer(options)
  answered = new Promise((resolve, reject) => {
    peer.on('connection', (connection) => exchange(connection, greeting).then(resolve, reject))
  })
  return new Promise((resolve, reject) => {
    peer.on('open', resolve)
    peer.on('error', (error) => reject(new Error(error.type)))
  })
}

// Leaves the server and takes the same id up again.
function reopenPeer() {
  peer.disconnect()
  return new Promise((resolve, reject) => {
    peer.on('open', resolve)
    peer.on('error', (error) => reject(new Error(error.type)))
    peer.reconnect()
  })
}

function destroyPeer() {
  peer.destroy()
}

function exchange(connection, greeting) {
  return new Promise((resolve, reject) => {
    const send = () => connection.send(greeting)
    if (connection.open) send()
    else connection.on('open', send)
    connection.on('data', (heard) => resolve({ from: connection.peer, heard }))
    connection.on('error', (error) => reject(new Error(error.type)))
    peer.on('error', (error) => reject(new Error(error.type)))
  })
}

function callPeer({ to, greeting }) {
  return exchange(peer.connect(to), greeting)
}

function answerPeer() {
  return answered
}
