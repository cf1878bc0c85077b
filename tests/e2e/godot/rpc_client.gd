# A client of /ws, with the engine's own JSONRPC class.
extends RefCounted

var socket := WebSocketPeer.new()
var rpc := JSONRPC.new()  # not counted by reference
var notifications: Dictionary = {}  # method -> Array of params
var _answers: Dictionary = {}  # id -> {result} or {error}
var _last_id := 0


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE:
		rpc.free()


func open(url: String) -> void:
	socket.connect_to_url(url)


func is_open() -> bool:
	return socket.get_ready_state() == WebSocketPeer.STATE_OPEN


func is_closed() -> bool:
	return socket.get_ready_state() == WebSocketPeer.STATE_CLOSED


# Has the class call back for this notification.
func listen(method: String) -> void:
	notifications[method] = []
	rpc.set_method(method, _on_notification.bind(method))


func _on_notification(params: Dictionary, method: String) -> void:
	notifications[method].append(params)


# Answers are numbered from 1.
func request(method: String, params: Dictionary) -> int:
	_last_id += 1
	socket.send_text(JSON.stringify(rpc.make_request(method, params, float(_last_id))))
	return _last_id


func answer(id: int) -> Dictionary:
	return _answers.get(id, {})


func poll() -> void:
	socket.poll()
	while socket.get_available_packet_count() > 0:
		var text := socket.get_packet().get_string_from_utf8()
		var message: Dictionary = JSON.parse_string(text)
		if message.has("method"):
			rpc.process_string(text)
		else:
			_answers[int(message.id)] = message
