;; What is done with packet memory in WebAssembly: the Internet checksum's sum (RFC 1071), 32 bytes a turn, and copies
;; within it. `npm run wasm` turns it into sum-wasm.ts.
(module
  ;; 64 MiB, of which only what is used is ever there; 512 MiB at most: what a PacketPool may grow to. Growing takes the
  ;; memory away from the arrays that looked at it; from then on V8 checks each access for that, at half the speed.
  (memory (export "memory") 1024 8192)

  ;; Sums the little-endian 16-bit words of [at, end), an odd last byte as if a zero followed. At most 128 KiB: below 2^32.
  (func (export "sum") (param $at i32) (param $end i32) (result i32)
    (local $even v128)
    (local $odd v128)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 32)) (local.get $end)))
        (local.set $even
          (i32x4.add (local.get $even) (i32x4.extadd_pairwise_i16x8_u (v128.load (local.get $at)))))
        (local.set $odd
          (i32x4.add (local.get $odd) (i32x4.extadd_pairwise_i16x8_u (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next)))
    (local.set $even (i32x4.add (local.get $even) (local.get $odd)))
    (local.set $sum
      (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $even)) (i32x4.extract_lane 1 (local.get $even)))
        (i32.add (i32x4.extract_lane 2 (local.get $even)) (i32x4.extract_lane 3 (local.get $even)))))
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 2)) (local.get $end)))
        (local.set $sum (i32.add (local.get $sum) (i32.load16_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (br $next)))
    (if (i32.lt_u (local.get $at) (local.get $end))
      (then (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))))
    (local.get $sum))

  ;; The places may overlap.
  (func (export "copy") (param $to i32) (param $from i32) (param $length i32)
    (memory.copy (local.get $to) (local.get $from) (local.get $length))))
