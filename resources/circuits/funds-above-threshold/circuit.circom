// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/bits.circom";
include "../lib/poseidon.circom";

// "The balance that I committed to is at least this threshold."
template FundsAboveThreshold() {
    signal input balance;     // private, below 2^64
    signal input salt;        // private, any field element; hides the balance behind the commitment
    signal input commitment;  // public: Poseidon(balance, salt)
    signal input threshold;   // public, below 2^64

    component hash = Poseidon(2);
    hash.in[0] <== balance;
    hash.in[1] <== salt;
    commitment === hash.out;

    // Both ranges first: without them a "balance" close to the modulus would compare as anything.
    component balance_bits = ToBits(64);
    balance_bits.in <== balance;
    component threshold_bits = ToBits(64);
    threshold_bits.in <== threshold;

    component enough = AssertAtLeast(64);
    enough.a <== balance;
    enough.b <== threshold;
}

component main {public [commitment, threshold]} = FundsAboveThreshold();
