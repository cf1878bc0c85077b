# What the protocol forbids closes with 4000 and a text of its own; and what it leaves open.
extends "res://case_group.gd"

const NOT_A_MESSAGE := [
	"", "no JSON", "[]", "7", "{'id':0,'data':''}", "{'type':0,'data':''}", "{'type':'0','id':0,'data':''}",
	"{'type':-1,'id':0,'data':''}", "{'type':0,'id':-1,'data':''}",
]


func cases() -> Dictionary:
	return {
		"any client, with and without a sub-protocol": _protocols,
		"a message without data, and fractions": _lax_message,
		"silence": _silence,
		"an unknown lobby": _unknown_lobby,
		"no message": _no_message,
		"a binary frame": _binary_frame,
		"an offer before the lobby": _before_the_lobby,
		"joining twice": _in_lobby.bind(Signalling.JOIN, 0, "Already in a lobby"),
		"an unknown type": _in_lobby.bind(8, 1, "Invalid command"),
		"a type of the server's": _in_lobby.bind(Signalling.PEER_CONNECT, 1, "Invalid command"),
		"an offer to nobody": _in_lobby.bind(Signalling.OFFER, 77, "Invalid destination"),
		"a candidate to id 0": _in_lobby.bind(Signalling.CANDIDATE, 0, "Invalid destination"),
		"a seal by another than the host": _in_lobby.bind(Signalling.SEAL, 0, "Only host can seal the lobby"),
	}


func _new_client(url := first) -> Signalling:
	var client := Signalling.new()
	await open(client, url + "/godot-signaling")
	return client


# Makes a lobby, or joins that one.
func _new_member(url: String, lobby := "") -> Signalling:
	var client := await _new_client(url)
	client.send(Signalling.JOIN, 0, lobby)
	await until(client.is_joined, "a client joins")
	return client


func _protocols() -> void:
	var plain := await _new_client()
	expect_equal(plain.socket.get_selected_protocol(), "", "the sub-protocol")
	var offering := Signalling.new()
	offering.socket.supported_protocols = PackedStringArray(["some-game"])
	await open(offering, first + "/godot-signaling")
	expect_equal(offering.socket.get_selected_protocol(), "some-game", "the sub-protocol")


func _lax_message() -> void:
	var client := await _new_client()
	client.socket.send_text("{\"id\": 0.75, \"type\": 0.5}")
	await until(client.is_joined, "joined")
	expect_equal(client.frames.front(), [Signalling.ID, 1, "true"], "the first frame")


func _silence() -> void:
	var began := Time.get_ticks_msec()
	var client := await _new_client()
	await closes(client, 4000, "Have not joined lobby yet")
	var milliseconds := Time.get_ticks_msec() - began
	expect(milliseconds > 900 and milliseconds < 2500, "closed after %d ms" % milliseconds)


func _unknown_lobby() -> void:
	for lobby in ["NoSuchLobby", "no/such lobby", "x".repeat(1000)]:
		var client := await _new_client()
		client.send(Signalling.JOIN, 0, lobby)
		await closes(client, 4000, "Lobby does not exists")


func _no_message() -> void:
	for text: String in NOT_A_MESSAGE:
		var client := await _new_client()
		client.socket.send_text(text.replace("'", "\""))
		await closes(client, 4000, "Invalid message format")


func _binary_frame() -> void:
	var client := await _new_client()
	client.socket.put_packet("{\"type\":0,\"id\":0,\"data\":\"\"}".to_utf8_buffer())
	await closes(client, 4000, "Invalid transfer mode, must be text")


func _before_the_lobby() -> void:
	var client := await _new_client()
	client.send(Signalling.OFFER, 1, "v=0")
	await closes(client, 4000, "Invalid message when not in a lobby")


# The rest is told that the one at fault is gone.
func _in_lobby(type: int, to: int, reason: String) -> void:
	var host := await _new_member(first)
	var culprit := await _new_member(second, host.lobby)
	culprit.send(type, to, "v=0")
	await closes(culprit, 4000, reason)
	await until(host.has.bind(Signalling.PEER_DISCONNECT, culprit.id), "the host is told")
	expect(host.is_open(), "the host was closed, too")
