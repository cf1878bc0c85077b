# Plays all cases and prints a line for each, "ok ..." or "FAILED ...", and "done" at last.
#   godot --headless --script res://run.gd -- ws://HOST:PORT ws://HOST:PORT       two instances on one broker
extends SceneTree

const GROUPS := [preload("res://lobby_cases.gd"), preload("res://fault_cases.gd"), preload("res://rpc_cases.gd")]


func _initialize() -> void:
	_play_all.call_deferred()


func _play_all() -> void:
	var urls := OS.get_cmdline_user_args()
	for script: GDScript in GROUPS:
		var group: Variant = script.new()
		group.tree = self
		group.first = urls[0]
		group.second = urls[1]
		var cases: Dictionary = group.cases()
		for title: String in cases:
			await _play(group, title, cases[title])
	print("done")
	quit()


func _play(group: Variant, title: String, course: Callable) -> void:
	var began := Time.get_ticks_msec()
	group.faults.clear()
	await course.call()
	await group.finish()
	var milliseconds := Time.get_ticks_msec() - began
	if group.faults.is_empty():
		print("ok      %s (%d ms)" % [title, milliseconds])
	else:
		print("FAILED  %s: %s" % [title, "; ".join(group.faults)])
