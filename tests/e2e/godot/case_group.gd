# Cases of one subject: their clients, waiting for these, and what was found wrong.
extends RefCounted

const Signalling := preload("res://signalling.gd")

var tree: SceneTree
var first: String  # an instance, as ws://HOST:PORT
var second: String  # another one, on the same broker
var clients: Array = []
var faults: PackedStringArray = []


# The cases by name.
func cases() -> Dictionary:
	return {}


func expect(holds: bool, what: String) -> void:
	if not holds:
		faults.append(what)


func expect_equal(is_now: Variant, wanted: Variant, what: String) -> void:
	expect(is_now == wanted, "%s is %s, not %s" % [what, is_now, wanted])


# Whether it came to be; if not, that is a fault.
func until(condition: Callable, what: String, seconds := 5.0) -> bool:
	var end := Time.get_ticks_msec() + int(seconds * 1000)
	while not condition.call():
		if Time.get_ticks_msec() > end:
			faults.append("not within %.0f s: %s" % [seconds, what])
			return false
		await tree.process_frame
		for client: Variant in clients:
			client.poll()
	return true


# Opens the client's socket; false if that failed, which is a fault.
func open(client: Variant, url: String) -> bool:
	clients.append(client)
	client.open(url)
	return await until(client.is_open, "%s opens" % url)


func closes(client: Signalling, code: int, reason: String, seconds := 5.0) -> void:
	if await until(client.is_closed, "peer %d is closed" % client.id, seconds):
		var how := [client.socket.get_close_code(), client.socket.get_close_reason()]
		expect_equal(how, [code, reason], "how peer %d is closed" % client.id)


# All sockets are gone after it.
func finish() -> void:
	for client: Variant in clients:
		client.socket.close()
	await until(func() -> bool: return clients.all(func(client: Variant) -> bool: return client.is_closed()), "all closed")
	clients.clear()
