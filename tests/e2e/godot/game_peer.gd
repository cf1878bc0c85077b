# A game's peer: carries out on the engine's own WebRTCMultiplayerPeer what it is told.
extends "res://signalling.gd"

const Connection := preload("res://stand_in_connection.gd")

var multiplayer_peer := WebRTCMultiplayerPeer.new()
var connections: Dictionary[int, Connection] = {}
var linked: Array[int] = []  # for whom peer_connected has fired
var unlinked: Array[int] = []


func _init() -> void:
	multiplayer_peer.peer_connected.connect(_on_linked)
	multiplayer_peer.peer_disconnected.connect(_on_unlinked)


func _on_linked(whose: int) -> void:
	linked.append(whose)


func _on_unlinked(whose: int) -> void:
	unlinked.append(whose)


func poll() -> void:
	super()
	if id != 0:
		multiplayer_peer.poll()


func _on_frame(type: int, whose: int, data: String) -> void:
	super(type, whose, data)
	match type:
		ID:
			_begin(data == "true")
		PEER_CONNECT:
			_connect_to(whose)
		PEER_DISCONNECT:
			multiplayer_peer.remove_peer(whose)
		OFFER:
			connections[whose].set_remote_description("offer", data)
		ANSWER:
			connections[whose].set_remote_description("answer", data)
		CANDIDATE:
			var parts := data.split("\n", true, 3)
			connections[whose].add_ice_candidate(parts[1], int(parts[2]), parts[3])


func _begin(mesh: bool) -> void:
	if mesh:
		multiplayer_peer.create_mesh(id)
	elif id == 1:
		multiplayer_peer.create_server()
	else:
		multiplayer_peer.create_client(id)


# Of two peers the one with the greater id makes the offer.
func _connect_to(whose: int) -> void:
	var connection := Connection.new()
	connections[whose] = connection
	connection.initialize({})
	connection.session_description_created.connect(_on_description.bind(whose))
	connection.ice_candidate_created.connect(_on_candidate.bind(whose))
	multiplayer_peer.add_peer(connection, whose)
	if id > whose:
		connection.create_offer()


func _on_description(type: String, sdp: String, whose: int) -> void:
	send(OFFER if type == "offer" else ANSWER, whose, sdp)
	connections[whose].set_local_description(type, sdp)


func _on_candidate(mid: String, index: int, sdp: String, whose: int) -> void:
	send(CANDIDATE, whose, "\n%s\n%d\n%s" % [mid, index, sdp])
