// Aedes on loopback ports, without limits, authentication or state that outlives it. Prints "ready" once it listens.
//   node server.mjs TCP_PORT [WEBSOCKET_PORT]
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { WebSocketServer, createWebSocketStream } from 'ws'

const [tcpPort, websocketPort] = process.argv.slice(2).map(Number)
const broker = await Aedes.createBroker()
const servers = [createServer(broker.handle).listen(tcpPort, '127.0.0.1')]
if (websocketPort) {
  const server = new WebSocketServer({ port: websocketPort, host: '127.0.0.1', path: '/mqtt' })
  server.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
  servers.push(server)
}
await Promise.all(servers.map((server) => once(server, 'listening')))
console.log('ready')
