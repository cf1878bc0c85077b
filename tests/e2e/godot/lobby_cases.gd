# Three peers meet in a lobby, two on one instance and one on another, and link up with each other.
extends "res://case_group.gd"

const GamePeer := preload("res://game_peer.gd")
const LARGEST_ID := 0x7fffffff


func cases() -> Dictionary:
	return {
		"mesh of three, of which one leaves, then the host": _play_on.bind(true),
		"client/server of three, of which one leaves, then the host": _play_on.bind(false),
		"mesh of three, sealed": _seal.bind(true),
		"client/server of three, sealed": _seal.bind(false),
	}


func _join(url: String, mesh: bool, lobby := "") -> GamePeer:
	var peer := GamePeer.new()
	if await open(peer, url + "/godot-signaling"):
		peer.send(Signalling.JOIN, 0 if mesh else 1, lobby)
		await until(peer.is_joined, "a peer joins")
	return peer


# The host, the second and the third peer; empty if one has not come in.
func _gather(mesh: bool) -> Array[GamePeer]:
	var host := await _join(first, mesh)
	var second_peer := await _join(second, mesh, host.lobby)
	var third_peer := await _join(first, mesh, host.lobby)
	var peers: Array[GamePeer] = [host, second_peer, third_peer]
	if not faults.is_empty():
		return []
	expect_equal(host.id, 1, "the host's id")
	expect(second_peer.id != third_peer.id, "two peers have the same id")
	for peer: GamePeer in [second_peer, third_peer]:
		expect(peer.id > 1 and peer.id <= LARGEST_ID, "id %d" % peer.id)
		expect_equal(peer.lobby, host.lobby, "the lobby's name")
	return peers


# With whom each of them links up.
func _partners(peers: Array[GamePeer], mesh: bool) -> Array:
	var ids := peers.map(func(peer: GamePeer) -> int: return peer.id)
	if mesh:
		return ids.map(func(own: int) -> Array: return ids.filter(func(id: int) -> bool: return id != own))
	return [[ids[1], ids[2]], [ids[0]], [ids[0]]]


func _all_linked(peers: Array[GamePeer], mesh: bool) -> bool:
	var partners := _partners(peers, mesh)
	var is_linked := func() -> bool:
		return range(peers.size()).all(func(i: int) -> bool: return peers[i].linked.size() == partners[i].size())
	if not await until(is_linked, "peer_connected fires everywhere"):
		return false
	for i in peers.size():
		_check_links(peers[i], partners[i], peers)
	return true


func _check_links(peer: GamePeer, partners: Array, peers: Array[GamePeer]) -> void:
	var linked: Array = peer.linked.duplicate()
	linked.sort()
	partners.sort()
	expect_equal(linked, partners, "those for whom peer_connected has fired")
	expect_equal(peer.malformed, "", "a frame")
	var offers := peer.senders_of(Signalling.OFFER)
	offers.sort()
	expect_equal(offers, partners.filter(func(id: int) -> bool: return id > peer.id), "who made offers to %d" % peer.id)
	for other: GamePeer in peers:
		if other.id in partners:
			var here := peer.connections[other.id]
			var there := other.connections[peer.id]
			expect_equal(here.fault, "", "a connection's fault")
			expect(here.remote == there.local, "a description has been changed on its way")
			expect_equal(here.candidates, there.sent_candidates, "the candidates that came")


# The order in which each has been told who is there.
func _check_told(peers: Array[GamePeer], mesh: bool) -> void:
	var mode := "true" if mesh else ""
	var ids := peers.map(func(peer: GamePeer) -> int: return peer.id)
	var id_frames := ids.map(func(id: int) -> Array: return [Signalling.ID, id, mode])
	var came := ids.map(func(id: int) -> Array: return [Signalling.PEER_CONNECT, id, ""])
	var joined := [Signalling.JOIN, 0, peers[0].lobby]
	expect_equal(peers[0].told(), [id_frames[0], joined, came[1], came[2]], "what the host is told")
	if mesh:
		expect_equal(peers[1].told(), [id_frames[1], came[0], joined, came[2]], "what the second is told")
		expect_equal(peers[2].told(), [id_frames[2], came[0], came[1], joined], "what the third is told")
	else:
		expect_equal(peers[1].told(), [id_frames[1], came[0], joined], "what the second is told")
		expect_equal(peers[2].told(), [id_frames[2], came[0], joined], "what the third is told")


func _play_on(mesh: bool) -> void:
	var peers := await _gather(mesh)
	if peers.is_empty() or not await _all_linked(peers, mesh):
		return
	_check_told(peers, mesh)
	var gone := peers[2].id
	var told_of := peers.slice(0, 2 if mesh else 1)
	peers[2].leave()
	for peer: GamePeer in told_of:
		await until(peer.has.bind(Signalling.PEER_DISCONNECT, gone), "a peer is told who left")
		expect_equal(peer.unlinked, [gone], "those for whom peer_disconnected has fired")
	peers[0].leave()
	await closes(peers[1], 4000, "Room host has disconnected")
	if not mesh:
		expect(not peers[1].has(Signalling.PEER_DISCONNECT, gone), "a client is told of another one")


# The seal comes while the links are still being made.
func _seal(mesh: bool) -> void:
	var peers := await _gather(mesh)
	if peers.is_empty():
		return
	peers[0].send(Signalling.SEAL, 0)
	for peer in peers:
		await until(peer.has.bind(Signalling.SEAL, 0), "a peer is told of the seal")
	var sealed_at := Time.get_ticks_msec()
	await _all_linked(peers, mesh)
	_check_told(peers, mesh)
	for url in [first, second]:
		var late := Signalling.new()
		if await open(late, url + "/godot-signaling"):
			late.send(Signalling.JOIN, 0, peers[0].lobby)
			await closes(late, 4000, "Lobby is sealed")
	for peer in peers:
		await closes(peer, 1000, "Seal complete", 12)
	var seconds := (Time.get_ticks_msec() - sealed_at) / 1000.0
	expect(seconds > 9 and seconds < 12, "closed %.1f s after the seal" % seconds)
	for peer in peers:
		expect_equal(peer.senders_of(Signalling.PEER_DISCONNECT), [], "who has left, for peer %d" % peer.id)
		expect_equal(peer.unlinked, [], "for whom peer_disconnected has fired")
