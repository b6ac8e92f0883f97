// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

// Writes `in` as n bits, lowest first. It has no solution unless 0 <= in < 2^n.
// n <= 253, so that every n-bit number is below the field's modulus and the bits are unique (no aliasing).
template ToBits(n) {
    assert(n <= 253);
    signal input in;
    signal output out[n];

    var sum = 0;
    for (var i = n - 1; i >= 0; i--) {
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum = sum + sum + out[i];
    }
    in === sum;
}

// Has a solution only if a >= b, for a and b that are themselves known to be below 2^n, n <= 252.
// a - b is then in (-2^n, 2^n): a negative one is a number close to the modulus and does not fit in n bits.
template AssertAtLeast(n) {
    assert(n <= 252);
    signal input a;
    signal input b;

    component difference = ToBits(n);
    difference.in <== a - b;
}
