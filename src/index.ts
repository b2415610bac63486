// `seqack`: the sockets over a default network (the operating system's in Node), constants, names and errors.

export {
  createConnection,
  createServer,
  getaddrinfo,
  getDefaultNetwork,
  getfqdn,
  gethostbyaddr,
  gethostbyname,
  gethostbynameEx,
  gethostname,
  getnameinfo,
  hasDualstackIPv6,
  ifNameindex,
  select,
  setDefaultNetwork,
  socket,
  socketpair,
  taskGroup,
} from './host/default.ts'
export { hostNetwork } from './host/network.ts'
export { type Ancillary, CMSG_LEN, CMSG_SPACE } from './socket/ancillary.ts'
export * from './socket/constants.ts'
export type { Data } from './socket/data.ts'
export {
  BlockingIOError,
  BrokenPipeError,
  ConnectionAbortedError,
  ConnectionRefusedError,
  ConnectionResetError,
  GaiError,
  GaiError as gaierror,
  HostError,
  HostError as herror,
  IncompleteReadError,
  SocketError,
  SocketError as error,
  TimeoutError,
  TimeoutError as timeout,
} from './socket/errors.ts'
export type { SocketFile } from './socket/file.ts'
export { htonl, htons, inetAton, inetNtoa, inetNtop, inetPton, ntohl, ntohs } from './socket/inet.ts'
export { getdefaulttimeout, setdefaulttimeout } from './socket/limits.ts'
export type { Message, MessageInto, ReceiveMessageOptions, SendMessageOptions } from './socket/messages.ts'
export type { FileData, FileInput, FileMode, FileOptions } from './socket/mode.ts'
export type { AddressInfo, AddressInfoOptions, HostEntry } from './socket/names.ts'
export type { ConnectionOptions, Network, ServerOptions } from './socket/network.ts'
export type { ReceiveOptions } from './socket/receiving.ts'
export type { Selected } from './socket/select.ts'
export type { BlobLike, ReadableFile, SendableFile, SendFileOptions } from './socket/sendfile.ts'
export type { SendOptions } from './socket/sending.ts'
export { getprotobyname, getservbyname, getservbyport } from './socket/services.ts'
export type { SocketAddress } from './socket/sockaddr.ts'
export type { Socket } from './socket/socket.ts'
export type { GroupTask, GroupTaskOptions, TaskGroup } from './socket/task-group.ts'
export { UnicodeDecodeError, UnicodeEncodeError } from './socket/unicode-errors.ts'
export type { WaitOptions } from './socket/wait.ts'
export type { TcpInfo } from './tcp/info.ts'
