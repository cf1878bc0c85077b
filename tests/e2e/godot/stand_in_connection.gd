# In place of WebRTC, which the engine has only with a plug-in: goes through an offer, an answer and candidates both
# ways as a real connection does, and is connected once all of them are here.
extends WebRTCPeerConnectionExtension

const Channel := preload("res://stand_in_channel.gd")
const CANDIDATES := 2

var local := ""
var remote := ""
var sent_candidates: Array = []
var candidates: Array = []
var fault := ""  # what came out of turn
var closed := false
var channels: Array[Channel] = []


func _initialize(_config: Dictionary) -> Error:
	return OK


func _create_data_channel(label: String, config: Dictionary) -> WebRTCDataChannel:
	var channel := Channel.new()
	channel.label = label
	channel.negotiated_id = config.get("id", 0)
	channels.append(channel)
	return channel


# As long as real ones, of several lines, and with what JSON has to escape.
func _make_description(type: String) -> String:
	return "v=0\r\ns=\"%s\\%d\" \u00e9\u4e16\r\n%s" % [type, get_instance_id(), "a=candidate\r\n".repeat(200)]


func _create_offer() -> Error:
	session_description_created.emit("offer", _make_description("offer"))
	return OK


func _set_local_description(_type: String, sdp: String) -> Error:
	local = sdp
	for index in CANDIDATES:
		var candidate := ["mid %d" % index, index, "candidate:%d 1 udp %d" % [index, get_instance_id()]]
		sent_candidates.append(candidate)
		ice_candidate_created.emit.callv(candidate)
	return OK


func _set_remote_description(type: String, sdp: String) -> Error:
	if not remote.is_empty() or (type == "answer") != (not local.is_empty()):
		fault = "%s out of turn" % type
	remote = sdp
	if type == "offer":
		session_description_created.emit("answer", _make_description("answer"))
	return OK


func _add_ice_candidate(mid: String, index: int, sdp: String) -> Error:
	if remote.is_empty():
		fault = "a candidate before the description"
	candidates.append([mid, index, sdp])
	return OK


func _poll() -> Error:
	if _get_connection_state() == STATE_CONNECTED:
		for channel in channels:
			channel.state = WebRTCDataChannel.STATE_OPEN
	return OK


func _close() -> void:
	closed = true


func _get_connection_state() -> ConnectionState:
	if closed:
		return STATE_CLOSED
	if local.is_empty() and remote.is_empty():
		return STATE_NEW
	var done := not local.is_empty() and not remote.is_empty() and candidates.size() == CANDIDATES
	return STATE_CONNECTED if done else STATE_CONNECTING


func _get_gathering_state() -> GatheringState:
	return GATHERING_STATE_NEW if local.is_empty() else GATHERING_STATE_COMPLETE


func _get_signaling_state() -> SignalingState:
	return SIGNALING_STATE_STABLE
