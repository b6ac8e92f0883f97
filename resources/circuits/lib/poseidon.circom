// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "poseidon_constants.circom";

// Poseidon hash of n field elements, 1 <= n <= 4, over the scalar field of BN254: S-box x^5, 8 full rounds.
// Same values as circomlib's Poseidon(n): first element of the permuted state (0, in[0], ..., in[n-1]).
//
// The state is kept in `var`s, which hold linear expressions of signals: adding constants and multiplying by the matrix
// cost nothing, and an S-box costs three constraints (there are 8*(n+1) + partial rounds of them). Partial rounds would
// let these expressions grow by one term each, and every S-box repeats its own three times. So every eighth of them
// writes the state into n signals: 7*n more constraints, and about a third of the terms.
template Poseidon(n) {
    signal input in[n];
    signal output out;

    var t = n + 1;
    var partial = POSEIDON_PARTIAL_ROUNDS(t);
    var rounds = 8 + partial;
    var boxes = 8 * t + partial;
    var constants[rounds * t] = POSEIDON_ROUND_CONSTANTS(t);
    var matrix[t][t] = POSEIDON_MATRIX(t);

    signal square[boxes];
    signal fourth[boxes];
    signal fifth[boxes];
    signal written[7][n];

    var state[t];
    var next[t];
    state[0] = 0;
    for (var i = 0; i < n; i++) {
        state[i + 1] = in[i];
    }

    var box = 0;
    for (var round = 0; round < rounds; round++) {
        for (var i = 0; i < t; i++) {
            state[i] += constants[round * t + i];
        }
        // In a partial round only the first element goes through an S-box.
        var width = (round < 4 || round >= 4 + partial) ? t : 1;
        for (var i = 0; i < width; i++) {
            square[box] <== state[i] * state[i];
            fourth[box] <== square[box] * square[box];
            fifth[box] <== fourth[box] * state[i];
            state[i] = fifth[box];
            box++;
        }
        // state[0] is a signal here: it has just gone through the S-box
        if (width == 1 && (round - 4) % 8 == 7) {
            for (var i = 0; i < n; i++) {
                written[(round - 4) \ 8][i] <== state[i + 1];
                state[i + 1] = written[(round - 4) \ 8][i];
            }
        }
        for (var i = 0; i < t; i++) {
            next[i] = 0;
            for (var j = 0; j < t; j++) {
                next[i] += matrix[i][j] * state[j];
            }
        }
        for (var i = 0; i < t; i++) {
            state[i] = next[i];
        }
    }
    out <== state[0];
}
