// Copyright 2026 The ZK Companion authors. SPDX-License-Identifier: Apache-2.0
pragma circom 2.1.0;

include "../lib/bits.circom";

// 16^in for a whole number from 1 to 9; no other `in` has a solution.
template PowerOf16() {
    signal input in;
    signal output out;

    // in - 1 is 0 to 15; from 8 on only 8 itself, whose other bits are 0.
    component bits = ToBits(4);
    bits.in <== in - 1;
    bits.out[3] * (bits.out[0] + bits.out[1] + bits.out[2]) === 0;

    // 16^(in-1) from the three low bits where the highest is 0. Where it is 1 the product is 1, and 16^8 is added.
    signal two_bits <== (1 + (16 - 1) * bits.out[0]) * (1 + (16 ** 2 - 1) * bits.out[1]);
    signal three_bits <== two_bits * (1 + (16 ** 4 - 1) * bits.out[2]);
    out <== 16 * (three_bits + (16 ** 8 - 1) * bits.out[3]);
}

// "I know a solution of this puzzle."
//
// Nine cells hold each of 1 to 9 once exactly if their powers 16^value add up to 16^1 + ... + 16^9. Written to base 16
// the sum of nine such powers has at place v how many cells hold v: at most 9, so nothing is carried. It is below 2^40,
// so nothing wraps around the modulus either. That is one linear constraint for each of the 27 rows, columns and boxes.
template Sudoku() {
    signal input puzzle[9][9];    // public: rows from the top, 0 for an empty cell
    signal input solution[9][9];  // private: 1 to 9

    component power[9][9];
    for (var row = 0; row < 9; row++) {
        for (var column = 0; column < 9; column++) {
            power[row][column] = PowerOf16();
            power[row][column].in <== solution[row][column];
            // A clue is 0 or what the solution has there, so it is in range as well.
            puzzle[row][column] * (puzzle[row][column] - solution[row][column]) === 0;
        }
    }

    var all = 0;
    for (var value = 1; value <= 9; value++) {
        all += 16 ** value;
    }
    for (var group = 0; group < 9; group++) {
        var in_row = 0;
        var in_column = 0;
        var in_box = 0;
        for (var i = 0; i < 9; i++) {
            in_row += power[group][i].out;
            in_column += power[i][group].out;
            in_box += power[3 * (group \ 3) + i \ 3][3 * (group % 3) + i % 3].out;
        }
        in_row === all;
        in_column === all;
        in_box === all;
    }
}

component main {public [puzzle]} = Sudoku();
