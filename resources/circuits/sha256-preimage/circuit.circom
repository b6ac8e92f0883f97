// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/sha256.circom";

// "I know 32 bytes whose SHA-256 is this digest."
template Sha256Preimage() {
    signal input preimage[32];  // private, one byte each
    signal input digest[2];     // public: the digest as two big-endian 128-bit numbers, first half first

    component hash = Sha256Bytes(32);
    hash.message <== preimage;

    for (var half = 0; half < 2; half++) {
        var value = 0;
        for (var word = 0; word < 4; word++) {
            for (var i = 31; i >= 0; i--) {
                value = value + value + hash.digest[4 * half + word][i];
            }
        }
        digest[half] === value;
    }
}

component main {public [digest]} = Sha256Preimage();
