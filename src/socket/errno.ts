// The error numbers a socket call can fail with: name, Linux number, message.
//
// Linux's numbers are the ones our own stack reports. The operating system's network reports the number
// that its own kernel gave, so programs that must run everywhere test `code`, not `errno`.

/** Linux's number for each error name (asm-generic/errno-base.h and errno.h). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  EPROTO: 71,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ECANCELED: 125,
} as const

/** The name of an error number that a socket call can fail with. */
export type ErrnoName = keyof typeof ERRNO

const TEXT: Record<ErrnoName, string> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EINTR: 'interrupted system call',
  EIO: 'input/output error',
  EBADF: 'the socket is closed',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'out of memory',
  EACCES: 'permission denied',
  EFAULT: 'bad address',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  ENODEV: 'no such device',
  EINVAL: 'invalid argument',
  ENFILE: 'too many open files in the system',
  EMFILE: 'too many open files',
  EPIPE: 'broken pipe',
  EPROTO: 'protocol error',
  ENOTSOCK: 'not a socket',
  EDESTADDRREQ: 'destination address required',
  EMSGSIZE: 'message too long',
  EPROTOTYPE: 'protocol wrong type for socket',
  ENOPROTOOPT: 'protocol option not available',
  EPROTONOSUPPORT: 'protocol not supported',
  ESOCKTNOSUPPORT: 'socket type not supported',
  EOPNOTSUPP: 'operation not supported',
  EPFNOSUPPORT: 'protocol family not supported',
  EAFNOSUPPORT: 'address family not supported',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENETRESET: 'network dropped connection on reset',
  ECONNABORTED: 'connection aborted',
  ECONNRESET: 'connection reset by peer',
  ENOBUFS: 'no buffer space available',
  EISCONN: 'already connected',
  ENOTCONN: 'not connected',
  ESHUTDOWN: 'cannot send after shutdown',
  ETIMEDOUT: 'connection timed out',
  ECONNREFUSED: 'connection refused',
  EHOSTDOWN: 'host is down',
  EHOSTUNREACH: 'no route to host',
  EALREADY: 'operation already in progress',
  EINPROGRESS: 'operation now in progress',
  ECANCELED: 'operation canceled',
}

/** Linux's number for `code`, or undefined for a name that isn't in the table. */
export function errnoOf(code: string): number | undefined {
  return (ERRNO as Record<string, number>)[code]
}

/** What `code` means, in lower case and without a full stop; the code itself if it isn't in the table. */
export function errnoText(code: string): string {
  return (TEXT as Record<string, string>)[code] ?? code
}

/** getaddrinfo's codes (RFC 3493 §6.1) with glibc's numbers. */
export const EAI = {
  EAI_BADFLAGS: -1,
  EAI_NONAME: -2,
  EAI_AGAIN: -3,
  EAI_FAIL: -4,
  EAI_NODATA: -5,
  EAI_FAMILY: -6,
  EAI_SOCKTYPE: -7,
  EAI_SERVICE: -8,
  EAI_ADDRFAMILY: -9,
  EAI_MEMORY: -10,
  EAI_SYSTEM: -11,
  EAI_OVERFLOW: -12,
} as const

/** The name of one of getaddrinfo's errors. */
export type GaiCode = keyof typeof EAI

/** What each of getaddrinfo's errors means. */
export const GAI_TEXT: Record<GaiCode, string> = {
  EAI_BADFLAGS: 'bad value for flags',
  EAI_NONAME: 'name or service not known',
  EAI_AGAIN: 'temporary failure in name resolution',
  EAI_FAIL: 'non-recoverable failure in name resolution',
  EAI_NODATA: 'no address associated with the name',
  EAI_FAMILY: 'address family not supported',
  EAI_SOCKTYPE: 'socket type not supported',
  EAI_SERVICE: 'service not supported for this socket type',
  EAI_ADDRFAMILY: 'address family for the name not supported',
  EAI_MEMORY: 'out of memory',
  EAI_SYSTEM: 'system error',
  EAI_OVERFLOW: 'result too large',
}

/** The resolver's h_errno numbers (netdb.h). */
export const H_ERRNO = { HOST_NOT_FOUND: 1, TRY_AGAIN: 2, NO_RECOVERY: 3, NO_DATA: 4 } as const

/** The name of one of the resolver's host errors. */
export type HostCode = keyof typeof H_ERRNO

/** What each of the resolver's host errors means. */
export const H_TEXT: Record<HostCode, string> = {
  HOST_NOT_FOUND: 'unknown host',
  TRY_AGAIN: 'host name lookup failure',
  NO_RECOVERY: 'unknown server error',
  NO_DATA: 'no address associated with the name',
}
