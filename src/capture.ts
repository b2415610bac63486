// `seqack/capture`: pcapng in and out, packets as text.

export { Capture, type CaptureInterface, type CaptureInterfaceOptions } from './capture/capture.ts'
export { type Direction, LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_RAW } from './capture/pcapng.ts'
export {
  type CapturedInterface,
  type CapturedPacket,
  CaptureError,
  CaptureReader,
  readCapture,
} from './capture/reader.ts'
export { type FrameObserver, tap } from './link/tap.ts'
export { describeFrame, describeIp, type RelativeNumbers, relativeToSyn } from './wire/describe.ts'
