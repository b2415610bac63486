// CUBIC (RFC 9438, which obsoletes RFC 8312): cwnd grows by the cube of the time since the last loss, slowly where it was
// lost before, and never slower than NewReno would. Windows are in segments here, as in the RFC.

import { makeDoubles } from '../base/doubles.ts'
import type { CongestionControl } from './congestion.ts'
import { DelayHyStart } from './hystart-delay.ts'
import { HyStart, MOST_SEGMENTS, slowStart } from './slow-start.ts'
import type { Tcb } from './tcb.ts'

/** C, in segments per second³ (RFC 9438 §5.1), and beta_cubic (§4.6). */
const C = 0.4
const BETA = 0.7
/** alpha_cubic (§4.3): as fast as NewReno, with BETA instead of 0.5. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA)
/** §4.4, §4.5: the target is at most half as much again as cwnd. */
const MOST_GROWTH = 1.5

export class Cubic implements CongestionControl {
  readonly name = 'cubic'
  readonly #hyStart = new HyStart()
  #delayHyStart: DelayHyStart | undefined = undefined
  /** W_max in segments; 0: no loss yet. */
  wMax = 0
  /** When this stage of congestion avoidance began, in ms; -1: it hasn't. */
  epochStart = -1
  /** K in seconds. */
  k = 0
  /** W_est in segments, and cwnd_prior, where it has caught up with cwnd before the loss (§4.3). */
  wEst = 0
  cwndPrior = 0
  /** cwnd, ssthresh's controller state before the last reduction (§4.9.1). */
  #before = { wMax: 0, epochStart: -1, k: 0, wEst: 0, cwndPrior: 0 }

  grow(tcb: Tcb, acked: number): void {
    if (tcb.cwnd < tcb.ssthresh) this.#slowStart(tcb, acked)
    else this.#avoid(tcb, acked)
  }

  measured(tcb: Tcb, rttMs: number): void {
    if (tcb.cwnd >= tcb.ssthresh) return
    if (tcb.layer.settings.hyStart === 'plusplus') {
      this.#hyStart.measured(rttMs)
      return
    }
    this.#delayHyStart ??= new DelayHyStart()
    this.#delayHyStart.measured(tcb, rttMs)
  }

  #slowStart(tcb: Tcb, acked: number): void {
    if (tcb.layer.settings.hyStart === 'plusplus') this.#hyStart.grow(tcb, acked)
    else slowStart(tcb, acked, MOST_SEGMENTS)
  }

  /** Congestion avoidance: §4.2 to §4.5. */
  #avoid(tcb: Tcb, acked: number): void {
    const { now } = tcb.layer.ip
    const mss = tcb.sndMss
    const cwnd = tcb.cwnd / mss
    const segments = acked / mss
    if (this.epochStart < 0) this.#beginEpoch(now, cwnd)
    // §4.3: Reno-friendly from W_max on with an alpha of 1.
    const alpha = this.wEst >= this.cwndPrior ? 1 : ALPHA
    this.wEst += (alpha * segments) / cwnd
    const elapsed = (now - this.epochStart) / 1000
    if (this.#cube(elapsed) < this.wEst) {
      tcb.cwnd = Math.max(tcb.cwnd, this.wEst * mss)
      return
    }
    const target = Math.min(Math.max(this.#cube(elapsed + tcb.srttMs / 1000), cwnd), MOST_GROWTH * cwnd)
    tcb.cwnd += ((target - cwnd) / cwnd) * segments * mss
  }

  /** W_cubic(t) (§4.2, figure 1). */
  #cube(t: number): number {
    const x = t - this.k
    return C * x * x * x + this.wMax
  }

  #beginEpoch(now: number, cwnd: number): void {
    this.epochStart = now
    this.wEst = cwnd
    // §4.2: W_max is cwnd where there was no loss, as after slow start.
    if (cwnd >= this.wMax) {
      this.wMax = cwnd
      this.k = 0
    } else this.k = cubeRoot((this.wMax - cwnd) / C)
  }

  /** §4.6, §4.7: multiplicative decrease and fast convergence. */
  reduce(tcb: Tcb): number {
    const cwnd = tcb.cwnd / tcb.sndMss
    const { wMax, epochStart, k, wEst, cwndPrior } = this
    this.#before = { wMax, epochStart, k, wEst, cwndPrior }
    this.wMax = cwnd < this.wMax ? (cwnd * (1 + BETA)) / 2 : cwnd
    this.cwndPrior = cwnd
    this.epochStart = -1
    return tcb.cwnd * BETA
  }

  /** §4.8: the next epoch begins where slow start ends. */
  timedOut(): void {
    this.epochStart = -1
    this.#hyStart.restart()
    this.#delayHyStart?.restart()
  }

  /** §4.9.1. */
  undo(): void {
    Object.assign(this, this.#before)
  }

  /** §5.8: the time of silence doesn't count. */
  idle(_tcb: Tcb, idleMs: number): void {
    if (this.epochStart >= 0) this.epochStart += idleMs
    this.#hyStart.restart()
  }
}
makeDoubles(new Cubic(), ['wMax', 'epochStart', 'k', 'wEst', 'cwndPrior'])

/** By Newton's method: Math.cbrt differs between engines. @param x > 0 */
function cubeRoot(x: number): number {
  let root = Math.max(1, Math.sqrt(x))
  for (let last = 0; Math.abs(root - last) > 1e-9 * root; ) {
    last = root
    root = (2 * root + x / (root * root)) / 3
  }
  return root
}
