export { type Recording, type RecordingFailure, readRecording } from "./reading.ts";
export { isRecording } from "./framing.ts";
export { Recorder } from "./recorder.ts";
export { type Replay, replay } from "./replay.ts";
export { RECORDING_BYTES_MAX } from "./values.ts";
