# The JSON-RPC API by what the engine has for it: WebSocketPeer and JSONRPC.
extends "res://case_group.gd"

const RpcClient := preload("res://rpc_client.gd")


func cases() -> Dictionary:
	return {"JSONRPC: connect, room.join and room.send on two instances": _chat, "JSONRPC: faults": _faults}


func _new_client(url: String, client_id: String) -> RpcClient:
	var client := RpcClient.new()
	client.listen("room.message")
	client.listen("room.joined")
	if await open(client, url + "/ws"):
		var result: Dictionary = await _call(client, "connect", {"client_id": client_id})
		expect_equal(result.get("client_id"), client_id, "the client id")
	return client


func _answer(client: RpcClient, method: String, params: Dictionary) -> Dictionary:
	var id := client.request(method, params)
	await until(func() -> bool: return not client.answer(id).is_empty(), "%s is answered" % method)
	return client.answer(id)


func _call(client: RpcClient, method: String, params: Dictionary) -> Dictionary:
	var answer := await _answer(client, method, params)
	expect(answer.has("result"), "%s: %s" % [method, answer])
	return answer.get("result", {})


func _chat() -> void:
	var alice := await _new_client(first, "alice")
	var bob := await _new_client(second, "bob")
	var room := "godot-%d" % Time.get_ticks_usec()
	await _call(alice, "room.join", {"room": room, "name": "Alice"})
	var joined := await _call(bob, "room.join", {"room": room, "data": {"team": 1.0}})
	var members: Array = joined.get("members", []).map(func(member: Dictionary) -> String: return member.client_id)
	members.sort()
	expect_equal(members, ["alice", "bob"], "the members")
	await until(func() -> bool: return not alice.notifications["room.joined"].is_empty(), "alice is told of bob")
	await _call(bob, "room.send", {"room": room, "text": "hello \u4e16"})
	await _call(bob, "room.send", {"room": room, "data": {"x": 1.5, "y": 2.0}})
	for client: RpcClient in [alice, bob]:
		var messages: Array = client.notifications["room.message"]
		if await until(func() -> bool: return messages.size() == 2, "both messages are here"):
			var message: Dictionary = messages[0]
			expect_equal([message.room, message.from, message.get("text")], [room, "bob", "hello \u4e16"], "the first")
			expect_equal(messages[1].get("data"), {"x": 1.5, "y": 2.0}, "the second's data")


func _faults() -> void:
	var client := await _new_client(first, "carol")
	var unknown := await _answer(client, "no.such", {})
	expect_equal(unknown.get("error", {}).get("code"), -32601.0, "the code for an unknown method")
	var stranger := await _answer(client, "room.send", {"room": "elsewhere", "text": "?"})
	expect(stranger.get("error", {}).get("data", {}).get("reason") is String, "no reason: %s" % stranger)
