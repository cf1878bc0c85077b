# A client of /godot-signaling: one JSON object a text frame.
extends RefCounted

enum { JOIN, ID, PEER_CONNECT, PEER_DISCONNECT, OFFER, ANSWER, CANDIDATE, SEAL }

var socket := WebSocketPeer.new()
var id := 0
var lobby := ""
var frames: Array = []  # [type, id, data] of all that came
var malformed := ""  # the first frame that was not as it must be


func open(url: String) -> void:
	# A mesh of many sends more at once than the engine's own 64 KiB hold.
	socket.inbound_buffer_size = 1 << 20
	socket.outbound_buffer_size = 1 << 20
	socket.connect_to_url(url)


func is_open() -> bool:
	return socket.get_ready_state() == WebSocketPeer.STATE_OPEN


func is_closed() -> bool:
	return socket.get_ready_state() == WebSocketPeer.STATE_CLOSED


func is_joined() -> bool:
	return not lobby.is_empty()


# JSON.stringify writes 1.0 for the float, as games do that take their numbers from JSON.
func send(type: int, to: float, data := "") -> void:
	socket.send_text(JSON.stringify({"type": float(type), "id": to, "data": data}))


func leave() -> void:
	socket.close()


func poll() -> void:
	socket.poll()
	while socket.get_available_packet_count() > 0:
		_receive(socket.get_packet().get_string_from_utf8())


func _receive(text: String) -> void:
	var frame: Variant = JSON.parse_string(text)
	if not (frame is Dictionary and frame.size() == 3 and frame.get("type") is float and frame.get("id") is float
			and frame.get("data") is String):
		malformed = text
		return
	frames.append([int(frame.type), int(frame.id), frame.data])
	_on_frame(int(frame.type), int(frame.id), frame.data)


func _on_frame(type: int, whose: int, data: String) -> void:
	if type == ID:
		id = whose
	elif type == JOIN:
		lobby = data


# Those of the frames that tell who is there, as [type, id, data].
func told() -> Array:
	return frames.filter(func(frame: Array) -> bool: return frame[0] < OFFER)


func has(type: int, whose: int) -> bool:
	return frames.any(func(frame: Array) -> bool: return frame[0] == type and frame[1] == whose)


func senders_of(type: int) -> Array:
	var of_type := frames.filter(func(frame: Array) -> bool: return frame[0] == type)
	return of_type.map(func(frame: Array) -> int: return frame[1])
