# A data channel that opens, and carries nothing: raw buffers are not for GDScript.
extends WebRTCDataChannelExtension

var label: String
var negotiated_id: int
var state := STATE_CONNECTING


func _get_label() -> String:
	return label


func _get_id() -> int:
	return negotiated_id


func _get_ready_state() -> ChannelState:
	return state


func _poll() -> Error:
	return OK


func _close() -> void:
	state = STATE_CLOSED


func _is_negotiated() -> bool:
	return true


func _is_ordered() -> bool:
	return true


func _get_available_packet_count() -> int:
	return 0


func _get_max_packet_size() -> int:
	return 0


func _get_buffered_amount() -> int:
	return 0


func _get_max_packet_life_time() -> int:
	return 0


func _get_max_retransmits() -> int:
	return 0


func _get_protocol() -> String:
	return ""


func _get_write_mode() -> WriteMode:
	return WRITE_MODE_BINARY


func _set_write_mode(_mode: WriteMode) -> void:
	pass


func _was_string_packet() -> bool:
	return false
