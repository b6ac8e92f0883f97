// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "bits.circom";

// SHA-256 (FIPS 180-4) of a message that fits in one block.
//
// A word is one signal where it is added, and 32 bits, lowest first, where it goes through Sigma, sigma, Ch or Maj. An
// addition mod 2^32 is `word + 2^32 * carry === sum` with a carry of 1 to 3 bits, which fixes the word mod 2^32; ToBits(32)
// on every such word fixes it altogether. No sum reaches 2^36, so nothing wraps around the field's modulus, and the
// message determines every signal.
//
// Two identities keep it small. With s = a + b + c for three bits, 2s - 3 is -3, -1, 1 or 3 and never 0, so
//   x = a xor b xor c   is the only solution of   x * (2s - 3) = s * (s - 2),     that is  (s - 2x - 2) * s = -3x;
//   m = majority(a,b,c) is the only solution of   m * (4s - 6) = s * (s - 1),     that is  (s - 4m - 1) * s = -6m:
// one constraint for each bit of Sigma, sigma, Ch and Maj, where the usual way takes two for all but Ch.

function SHA256_IV(i) {
    var iv[8] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    ];
    return iv[i];
}

function SHA256_K(i) {
    var k[64] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
    ];
    return k[i];
}

// out = (in rotated right by r1) xor (by r2) xor (by r3, or shifted right by r3 where `shift` is 1).
template Sigma(r1, r2, r3, shift) {
    signal input in[32];
    signal output out[32];

    for (var i = 0; i < 32; i++) {
        var s = in[(i + r1) % 32] + in[(i + r2) % 32];
        if (shift == 0 || i + r3 < 32) {
            s += in[(i + r3) % 32];
        }
        out[i] <-- s & 1;
        (s - 2 * out[i] - 2) * s === -3 * out[i];
    }
}

// Ch(e, f, g): f where e is 1, g where it is 0.
template Choose() {
    signal input e[32];
    signal input f[32];
    signal input g[32];
    signal output out[32];

    for (var i = 0; i < 32; i++) {
        out[i] <== (f[i] - g[i]) * e[i] + g[i];
    }
}

// Maj(a, b, c): what at least two of them are.
template Majority() {
    signal input a[32];
    signal input b[32];
    signal input c[32];
    signal output out[32];

    for (var i = 0; i < 32; i++) {
        var s = a[i] + b[i] + c[i];
        out[i] <-- s >> 1;
        (s - 4 * out[i] - 1) * s === -6 * out[i];
    }
}

// word = sum mod 2^32 where sum < 2^(32 + bits); the other way round only word = sum mod 2^32 as a congruence.
template Carry(bits) {
    signal input sum;
    signal output word;

    signal carry[bits];
    var rest = sum;
    for (var i = 0; i < bits; i++) {
        carry[i] <-- (sum >> (32 + i)) & 1;
        carry[i] * (carry[i] - 1) === 0;
        rest -= carry[i] * 2 ** (32 + i);
    }
    word <== rest;
}

// Word t of the message schedule, 16 <= t < 64, from the words 2, 7, 15 and 16 places before it.
template ScheduleWord() {
    signal input before2[32];
    signal input before7;
    signal input before15[32];
    signal input before16;
    signal output out;

    component sigma1 = Sigma(17, 19, 10, 1);
    sigma1.in <== before2;
    component sigma0 = Sigma(7, 18, 3, 1);
    sigma0.in <== before15;

    var sum = 0;
    for (var i = 31; i >= 0; i--) {
        sum = sum + sum + sigma1.out[i] + sigma0.out[i];
    }
    component reduce = Carry(2);
    reduce.sum <== sum + before7 + before16;
    out <== reduce.word;
}

// One round with constant `k` and word `w` of the schedule; b, c, d, f, g, h of the next round are a, b, c, e, f, g of this.
template Sha256Round(k) {
    signal input a[32];
    signal input b[32];
    signal input c[32];
    signal input d;
    signal input e[32];
    signal input f[32];
    signal input g[32];
    signal input h;
    signal input w;
    signal output next_a;
    signal output next_e;

    component sigma1 = Sigma(6, 11, 25, 0);
    sigma1.in <== e;
    component choose = Choose();
    choose.e <== e;
    choose.f <== f;
    choose.g <== g;
    component sigma0 = Sigma(2, 13, 22, 0);
    sigma0.in <== a;
    component majority = Majority();
    majority.a <== a;
    majority.b <== b;
    majority.c <== c;

    // e' = d + T1, T1 = h + Sigma1 + Ch + k + w: six words.
    var sum = 0;
    for (var i = 31; i >= 0; i--) {
        sum = sum + sum + sigma1.out[i] + choose.out[i];
    }
    component reduce_e = Carry(3);
    reduce_e.sum <== sum + d + h + k + w;
    next_e <== reduce_e.word;

    // a' = T1 + Sigma0 + Maj = e' - d + Sigma0 + Maj; with 2^32 added, between 0 and 2^34.
    sum = 0;
    for (var i = 31; i >= 0; i--) {
        sum = sum + sum + sigma0.out[i] + majority.out[i];
    }
    component reduce_a = Carry(2);
    reduce_a.sum <== sum + next_e - d + 2 ** 32;
    next_a <== reduce_a.word;
}

// SHA-256 of one padded block of 16 words, from the initial state.
template Sha256Block() {
    signal input block[16][32];
    signal output digest[8][32];

    component schedule[48];
    signal w[64];
    signal w_bits[64][32];
    for (var t = 0; t < 16; t++) {
        var word = 0;
        for (var i = 31; i >= 0; i--) {
            word = word + word + block[t][i];
        }
        w[t] <== word;
        w_bits[t] <== block[t];
    }
    for (var t = 16; t < 64; t++) {
        schedule[t - 16] = ScheduleWord();
        schedule[t - 16].before2 <== w_bits[t - 2];
        schedule[t - 16].before7 <== w[t - 7];
        schedule[t - 16].before15 <== w_bits[t - 15];
        schedule[t - 16].before16 <== w[t - 16];
        w[t] <== schedule[t - 16].out;
        w_bits[t] <== ToBits(32)(w[t]);
    }

    // The eight state words over time are two sequences: a, b, c, d of round t are the words t+3, t+2, t+1, t of one and
    // e, f, g, h the same of the other. The initial state is the first four of each.
    signal a[68];
    signal e[68];
    signal a_bits[68][32];
    signal e_bits[68][32];
    for (var t = 0; t < 4; t++) {
        a[t] <== SHA256_IV(3 - t);
        e[t] <== SHA256_IV(7 - t);
        for (var i = 0; i < 32; i++) {
            a_bits[t][i] <== (SHA256_IV(3 - t) >> i) & 1;
            e_bits[t][i] <== (SHA256_IV(7 - t) >> i) & 1;
        }
    }
    component round[64];
    for (var t = 0; t < 64; t++) {
        round[t] = Sha256Round(SHA256_K(t));
        round[t].a <== a_bits[t + 3];
        round[t].b <== a_bits[t + 2];
        round[t].c <== a_bits[t + 1];
        round[t].d <== a[t];
        round[t].e <== e_bits[t + 3];
        round[t].f <== e_bits[t + 2];
        round[t].g <== e_bits[t + 1];
        round[t].h <== e[t];
        round[t].w <== w[t];
        a[t + 4] <== round[t].next_a;
        e[t + 4] <== round[t].next_e;
        a_bits[t + 4] <== ToBits(32)(a[t + 4]);
        e_bits[t + 4] <== ToBits(32)(e[t + 4]);
    }

    component add[8];
    for (var j = 0; j < 8; j++) {
        add[j] = Carry(1);
        if (j < 4) {
            add[j].sum <== SHA256_IV(j) + a[67 - j];
        } else {
            add[j].sum <== SHA256_IV(j) + e[71 - j];
        }
        digest[j] <== ToBits(32)(add[j].word);
    }
}

// SHA-256 of n bytes, n <= 55 (one block with its padding): message[0] is the first byte.
template Sha256Bytes(n) {
    assert(n <= 55);
    signal input message[n];
    signal output digest[8][32];

    component byte[n];
    component hash = Sha256Block();
    for (var i = 0; i < n; i++) {
        byte[i] = ToBits(8);
        byte[i].in <== message[i];
    }
    // Byte j of the block is the byte at bits 24 - 8*(j mod 4) of word j div 4: words are big-endian.
    for (var j = 0; j < 64; j++) {
        var low = 24 - 8 * (j % 4);
        for (var i = 0; i < 8; i++) {
            if (j < n) {
                hash.block[j \ 4][low + i] <== byte[j].out[i];
            } else if (j == n) {
                hash.block[j \ 4][low + i] <== i == 7 ? 1 : 0;
            } else if (j < 62) {
                hash.block[j \ 4][low + i] <== 0;
            } else {
                hash.block[j \ 4][low + i] <== ((8 * n) >> (8 * (63 - j) + i)) & 1;
            }
        }
    }
    digest <== hash.digest;
}
